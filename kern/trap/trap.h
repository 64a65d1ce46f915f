/* trap.h - what the hart leaves behind when it enters the kernel. */
#ifndef KERN_TRAP_TRAP_H
#define KERN_TRAP_TRAP_H

#define TRAPFRAME_SIZE (36 * 8)

/* stacks.S; bytes, whole pages */
#define BOOT_STACK_SIZE  (4 * 4096)
#define TRAP_STACK_SIZE  (2 * 4096)
#define SPARE_STACK_SIZE (2 * 4096) /* of a trap that finds the trap stack used up */

#ifndef __ASSEMBLER__

#define TRAP_SYSTEM_CALL 8 /* cause of an ecall in user mode */

#include "defs.h"
#include "riscv.h"

struct trapframe {
    union {
        uint64_t x[32]; /* x[0] is not used */
        struct {
            uint64_t zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2,
                s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
        };
    };
    uint64_t status, epc, cause, tval;
};

/* Called by trapentry.S with interrupts off. */
void trap(struct trapframe *tf);

/*
 * Set the registers of `tf` to those of the caller; epc is where it was called. Where a trap
 * returns by this frame, the call returns once more.
 */
void capture_registers(struct trapframe *tf) __attribute__((returns_twice));

/* Was user mode interrupted? */
static inline bool
trap_from_user(const struct trapframe *tf) {
    return (tf->status & SSTATUS_SPP) == 0;
}

/*
 * Go on by this frame, in user mode, as if a trap returned, with interrupts off.
 * Traps from there land on the caller's stack, below what it uses now.
 */
__noreturn void trap_resume(const struct trapframe *tf);

/*
 * Who is called in each trap from user mode, with interrupts off, when an interrupt
 * has been served; NULL: an exception there is a panic.
 */
typedef void (*trap_handler_t)(struct trapframe *tf);
trap_handler_t trap_set_user_handler(trap_handler_t handle); /* returns the one until now */

/* The frame of the trap of the kernel that is being handled on this hart, or NULL. */
const struct trapframe *trap_current(void);

/* Do all registers survive a timer interrupt? Interrupts are on; waits for two ticks. */
bool trap_check(void);

/* "load page fault" ... for an exception code. */
const char *trap_name(uint64_t cause);

/* "store to", "load from" or "jump to" for the causes that stval is an address of; else NULL. */
const char *trap_access(uint64_t cause);

extern char trap_entry[];
extern char boot_stack_guard[], boot_stack[], boot_stack_top[];
extern char trap_stack_guard[], trap_stack[], trap_stack_top[];
extern char spare_stack_guard[], spare_stack[], spare_stack_top[];

#endif /* __ASSEMBLER__ */
#endif
