/* registers.S - see registers.h. The program begins here, and not in user/libs/start.S. */

    .macro each_but_sp_and_t0 what, base
    .irp n, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \what x\n, \n*8(\base)
    .endr
    .endm

    .section .text.start, "ax"
    .globl _start
_start:
    sd t0, -12(sp)                      /* the kernel's sp is 4 below a multiple of 16 */
    la t0, at_start
    each_but_sp_and_t0 sd, t0
    sd zero, 0(t0)
    sd sp, 2*8(t0)
    mv t1, t0
    ld t0, -12(sp)
    sd t0, 5*8(t1)
    la sp, stack_top
    tail umain

    /* In the frame: the caller's registers, then `out` and a place for t0. */
    .text
    .globl call_with
call_with:
    addi sp, sp, -34*8
    each_but_sp_and_t0 sd, sp
    sd a1, 32*8(sp)
    mv t0, a0
    each_but_sp_and_t0 ld, t0
    ld t0, 5*8(t0)
    ecall
    sd t0, 33*8(sp)
    ld t0, 32*8(sp)
    each_but_sp_and_t0 sd, t0
    sd zero, 0(t0)
    sd sp, 2*8(t0)
    ld t1, 33*8(sp)
    sd t1, 5*8(t0)
    each_but_sp_and_t0 ld, sp
    addi sp, sp, 34*8
    ret

    .bss
    .balign 16
    .space 32768
stack_top:
    .globl at_start
at_start:
    .space 32*8
