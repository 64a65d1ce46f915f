/*
 * trapentry.S - into trap() and back.
 *
 * Traps of the kernel run on a stack of their own, so that an overflown stack can
 * still be reported. sscratch holds that stack's top, or 0 while such a trap is
 * being handled: a trap within a trap goes on below it on the trap stack. Where
 * that has no room for a frame, or the stack pointer is somewhere else, it gets the
 * spare stack; it can only be a panic then, and does not return.
 *
 * While a program runs, sscratch holds where the stack of whoever entered user mode
 * ends: its traps go on there, and are the kernel's usual business.
 *
 * The kernel's tp holds its hart's number; a program has a tp of its own.
 */
#include "trap.h"

#define SPP (1 << 8)                    /* in sstatus: not from user mode */

    .macro save_registers frame         /* all but sp and t0 */
    sd ra, 1*8(\frame)
    sd gp, 3*8(\frame)
    sd tp, 4*8(\frame)
    .irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd x\n, \n*8(\frame)
    .endr
    .endm

    .section .text
    .globl trap_entry
    .balign 4
trap_entry:
    csrrw sp, sscratch, sp
    bnez sp, 1f
    la sp, spare_stack_top
    sd t0, -8(sp)
    csrr t0, sscratch                   /* the interrupted sp */
    la sp, trap_stack_top
    sub t0, sp, t0                      /* how much of the trap stack is in use */
    li sp, TRAP_STACK_SIZE - TRAPFRAME_SIZE
    bltu sp, t0, 0f
    la sp, spare_stack_top
    ld t0, -8(sp)
    csrr sp, sscratch
    j 1f
0:  la sp, spare_stack_top
    ld t0, -8(sp)
1:  addi sp, sp, -TRAPFRAME_SIZE
    sd zero, 0(sp)
    sd t0, 5*8(sp)
    save_registers sp
    csrr t1, sscratch
    sd t1, 2*8(sp)                      /* the interrupted sp */
    csrr t0, sstatus
    andi t2, t0, SPP
    li t1, 0
    bnez t2, 2f
    la t1, kernel_tp
    ld tp, 0(t1)
    la t1, trap_stack_top
2:  csrw sscratch, t1
    csrr t1, sepc
    csrr t2, scause
    csrr t3, stval
    sd t0, 32*8(sp)
    sd t1, 33*8(sp)
    sd t2, 34*8(sp)
    sd t3, 35*8(sp)
    mv a0, sp
    call trap
    j trap_return

    .globl trap_resume                  /* a0: what to return by */
trap_resume:
    addi sp, sp, -TRAPFRAME_SIZE
    mv t0, sp
    addi t1, a0, TRAPFRAME_SIZE
1:  ld t2, 0(a0)
    sd t2, 0(t0)
    addi a0, a0, 8
    addi t0, t0, 8
    bne a0, t1, 1b
trap_return:
    ld t0, 32*8(sp)
    ld t1, 33*8(sp)
    csrw sstatus, t0
    csrw sepc, t1
    andi t0, t0, SPP
    bnez t0, 1f
    la t1, kernel_tp                    /* to a program */
    sd tp, 0(t1)
    addi t1, sp, TRAPFRAME_SIZE
    j 2f
1:  la t1, trap_stack_top
    ld t0, 2*8(sp)
    sub t0, t1, t0
    li t2, TRAP_STACK_SIZE
    bgtu t0, t2, 2f
    li t1, 0                            /* back into a trap handler */
2:  csrw sscratch, t1
    ld ra, 1*8(sp)
    ld gp, 3*8(sp)
    ld tp, 4*8(sp)
    .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld x\n, \n*8(sp)
    .endr
    ld sp, 2*8(sp)
    sret

    .bss
    .balign 8
kernel_tp:
    .space 8

    .text
    .globl capture_registers
capture_registers:
    sd zero, 0(a0)
    sd sp, 2*8(a0)
    sd t0, 5*8(a0)
    save_registers a0
    sd ra, 33*8(a0)
    csrr t0, sstatus
    sd t0, 32*8(a0)
    sd zero, 34*8(a0)
    sd zero, 35*8(a0)
    ld t0, 5*8(a0)
    ret
