/* user_mode.h - a program in an address space, from one entry to its end. */
#ifndef KERN_MM_USER_MODE_H
#define KERN_MM_USER_MODE_H

#include "trap.h"
#include "vmm.h"

#define USER_TICKS 100 /* a program that sees more is ended */

/* How a program ended. */
struct user_end {
    struct trapframe tf; /* its registers; tf.cause says why: 8, a system call; a tick too many */
    int error;           /* of do_pgfault, where that is what it could not go on for; else 0 */
};

/* Of a trap's cause: VM_READ, VM_WRITE or VM_EXEC for a page fault; else 0. */
uint32_t page_fault_access(uint64_t cause);

/*
 * Run the program at `pc` in user mode, with its stack pointer and two arguments, until
 * it makes a system call or an exception that do_pgfault cannot serve, or its time is
 * over. Ticks go on even where the caller has interrupts off: they are off again when it
 * returns.
 */
void run_user(struct mm_struct *mm, uintptr_t pc, uintptr_t sp, const uintptr_t args[2],
              struct user_end *end);

#endif
