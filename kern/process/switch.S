/*
 * switch.S - from one process to another, each on its own kernel stack.
 *
 * As a C function calls it, only the registers that a call keeps have to be kept:
 * struct context in proc.h.
 */
    .text
    .globl switch_to                    /* a0: where to keep this context, a1: the one to take */
switch_to:
    sd ra, 0*8(a0)
    sd sp, 1*8(a0)
    sd s0, 2*8(a0)
    sd s1, 3*8(a0)
    .irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    sd s\n, (\n + 2)*8(a0)
    .endr
    ld ra, 0*8(a1)
    ld sp, 1*8(a1)
    ld s0, 2*8(a1)
    ld s1, 3*8(a1)
    .irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ld s\n, (\n + 2)*8(a1)
    .endr
    ret

    .globl process_entry                /* the first time that a process runs: s0(s1) */
process_entry:
    mv a0, s1
    jalr s0
    j process_return                    /* what it returns is its exit status */
