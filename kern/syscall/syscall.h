/* syscall.h - what programs ask of the kernel, and what else stops them. */
#ifndef KERN_SYSCALL_SYSCALL_H
#define KERN_SYSCALL_SYSCALL_H

#include "trap.h"

/* Traps from user mode are served from now on: system calls, faults, the end of a time slice. */
void syscall_init(void);

/* The call that `tf` asks for: its result, -E_UNIMP for a number that is none. */
int64_t syscall(struct trapframe *tf);

/* What SYS_kmon runs, in the process that calls it. */
void syscall_set_monitor(void (*session)(void));

#endif
