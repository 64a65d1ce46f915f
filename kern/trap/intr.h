/*
 * intr.h - the platform beneath the locks: interrupts of this hart, its number, a word of all
 * harts.
 *
 * The host tests have a header of this name that does the same with nothing.
 */
#ifndef KERN_TRAP_INTR_H
#define KERN_TRAP_INTR_H

#include "defs.h"
#include "riscv.h"

/* What interrupts were: what turns them on again, or nothing, without a branch. */
struct intr {
    uint64_t on; /* SSTATUS_SIE or 0 */
};

static inline struct intr
intr_off(void) {
    uint64_t old;
    __asm__ volatile("csrrc %0, sstatus, %1" : "=r"(old) : "rK"(SSTATUS_SIE) : "memory");
    return (struct intr){old & SSTATUS_SIE};
}

static inline void
intr_back(struct intr intr) {
    set_csr(sstatus, intr.on);
}

/* Turn this hart's interrupts off; returns whether they were on, for intr_restore. */
static inline bool
intr_save(void) {
    return intr_off().on != 0;
}

static inline void
intr_restore(bool on) {
    if (on) {
        set_csr(sstatus, SSTATUS_SIE);
    }
}

/* The hart that runs this, 0..; entry.S keeps the number in tp. */
static inline unsigned
hart_id(void) {
    register unsigned long id __asm__("tp");
    __asm__("" : "=r"(id));
    return (unsigned)id;
}

/*
 * Put `mine`, not 0, where 0 is. True: what was written before word_clear is seen. It may also fail
 * for no reason: an interrupted sc does.
 */
static inline bool __warn_unused
word_take(long *word, long mine) {
    long was;
    __asm__ volatile("lr.d.aq %0, %1\n\t"
                     "bnez %0, 1f\n\t"
                     "sc.d %0, %2, %1\n"
                     "1:"
                     : "=&r"(was), "+A"(*word)
                     : "r"(mine)
                     : "memory");
    return was == 0;
}

static inline void
word_clear(long *word) {
    __asm__ volatile("amoswap.d.rl zero, zero, %0" : "+A"(*word)::"memory");
}

/* Of the function that says so; out of its frame, as __builtin_return_address keeps a register. */
#define return_address() (((void *const *)__builtin_frame_address(0))[-1])

#endif
