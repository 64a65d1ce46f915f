/* syscall.S - see syscall.h: a C call has its arguments where the kernel wants them. */
    .text
    .globl syscall
syscall:
    ecall
    ret
