/*
 * clone.S - a process in the same address space begins with a function on a stack of its own.
 *
 * int clone(uint32_t flags, uintptr_t stack, int (*work)(void *), void *arg): see ulib.h.
 * Registers survive a system call, in the child as well.
 */
#include "unistd.h"

    .text
    .globl clone
clone:
    mv a4, a2
    mv a5, a3
    mv a2, a1
    mv a1, a0
    li a0, SYS_clone
    ecall
    bnez a0, 1f                         /* the parent, or there is no child */
    mv a0, a5
    jalr a4
    mv a1, a0
    li a0, SYS_exit
    ecall
1:  ret
