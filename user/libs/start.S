/* start.S - where a program begins, and the way into the kernel. */
    .section .start, "ax"

/* The kernel gives argc in a0 and argv in a1, and a stack pointer that may be odd. */
    .globl _start
_start:
    andi    sp, sp, -16
    li      s0, 0
    li      ra, 0
    tail    umain
