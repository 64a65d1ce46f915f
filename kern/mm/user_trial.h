/*
 * user_trial.h - a program that does one thing in user mode, to see what comes of it.
 *
 * Its address space has a page of text, one of constants, two of data, and a stack.
 */
#ifndef KERN_MM_USER_TRIAL_H
#define KERN_MM_USER_TRIAL_H

#include "user_mode.h"

#define TRIAL_TEXT      0x800000ul
#define TRIAL_CONSTANTS (TRIAL_TEXT + PGSIZE)
#define TRIAL_DATA      (TRIAL_CONSTANTS + PGSIZE)
#define TRIAL_DATA_SIZE (2ul * PGSIZE)
#define TRIAL_STACK     (USER_TOP - (uintptr_t)PGSIZE)

enum trial {
    TRIAL_LOAD,  /* a byte from the address, into a0 */
    TRIAL_STORE, /* the byte 1 to the address */
    TRIAL_JUMP,  /* to the address; at TRIAL_TEXT is a system call */
    TRIAL_PUSH,  /* so many bytes on the stack, in steps of 1 KiB */
    TRIALS
};

/* "load" ... */
extern const char *const trial_names[TRIALS];

/* Its address space; NULL: memory ran out. mm_destroy is the caller's. */
struct mm_struct *trial_create(void);

/* Run it; it has done what it should if `end` says that it made a system call. */
void trial_run(struct mm_struct *mm, enum trial what, uintptr_t arg, struct user_end *end);

#endif
