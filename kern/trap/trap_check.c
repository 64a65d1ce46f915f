/*
 * trap_check.c - do all registers survive a timer interrupt?
 *
 * Fills them with patterns, waits for the next tick, and compares; twice, with
 * other registers to wait with. sp, tp and the frame pointer stay the kernel's.
 */
#include "clock.h"
#include "trap.h"

/* clang-format off */

/* Register and pattern. The four that a pass waits with are tested by the other pass. */
#define EVERY(X)                                                          \
    X(ra, 1) X(gp, 2) X(t4, 3) X(t5, 4) X(t6, 5)                          \
    X(a4, 6) X(a5, 7) X(a6, 8) X(a7, 9)                                   \
    X(s1, 10) X(s2, 11) X(s3, 12) X(s4, 13) X(s5, 14) X(s6, 15)           \
    X(s7, 16) X(s8, 17) X(s9, 18) X(s10, 19) X(s11, 20)
#define FILL(reg, n)    "li " #reg ", 0x5a5a00" #n "\n"
#define COMPARE(reg, n) "li %[scratch], 0x5a5a00" #n "\n" \
                        "bne %[scratch], " #reg ", 2f\n"

/* Wait with the four named first; the last four are the other pass's. False: one was lost. */
#define PASS(now_, scratch_, ticks_, old_, o1, o2, o3, o4)                                  \
    do {                                                                                    \
        register uint64_t now __asm__(now_);                                                \
        register uint64_t scratch __asm__(scratch_);                                        \
        register volatile uint64_t *ticks __asm__(ticks_) = clock_ticks_address();          \
        register uint64_t old __asm__(old_) = *ticks;                                       \
        __asm__ volatile(                                                                   \
            EVERY(FILL) FILL(o1, 21) FILL(o2, 22) FILL(o3, 23) FILL(o4, 24)                 \
            "1: ld %[now], 0(%[ticks])\n"                                                   \
            "beq %[now], %[old], 1b\n"                                                      \
            EVERY(COMPARE) COMPARE(o1, 21) COMPARE(o2, 22) COMPARE(o3, 23) COMPARE(o4, 24)  \
            "li %[scratch], 0\n"                                                            \
            "2:\n"                                                                          \
            : [now] "=&r"(now), [scratch] "=&r"(scratch)                                    \
            : [ticks] "r"(ticks), [old] "r"(old)                                            \
            : "ra", "gp", "t4", "t5", "t6", "a4", "a5", "a6", "a7", "s1", "s2", "s3", "s4", \
              "s5", "s6", "s7", "s8", "s9", "s10", "s11", #o1, #o2, #o3, #o4, "memory");    \
        if (scratch != 0) {                                                                 \
            return false;                                                                   \
        }                                                                                   \
    } while (0)

/* clang-format on */

bool
trap_check(void) {
    PASS("t0", "t1", "a0", "a1", t2, t3, a2, a3);
    PASS("t2", "t3", "a2", "a3", t0, t1, a0, a1);
    return true;
}
