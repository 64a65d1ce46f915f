/*
 * stacks.S - the kernel's stacks, each above a page that kernel_map leaves unmapped.
 *
 * No function of ours has a larger frame than such a page (the Makefile sees to
 * it), so a stack that overflows meets it.
 */
#include "trap.h"

    .macro stack name, size
    .balign 4096
    .globl \name\()_guard, \name, \name\()_top
\name\()_guard:
    .space 4096
\name:
    .space \size
\name\()_top:
    .endm

    .section .stacks, "aw", @nobits
    stack boot_stack, BOOT_STACK_SIZE
    stack trap_stack, TRAP_STACK_SIZE
    stack spare_stack, SPARE_STACK_SIZE
