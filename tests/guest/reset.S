/*
 * reset.S - in place of firmware: from reset, in machine mode, to entry.S in supervisor mode.
 *
 * All memory and every trap are the supervisor's; machine mode is not entered
 * again. There is no SBI: a call to it is a trap like any other.
 */
    .section .text
    .globl guest_reset
guest_reset:
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f                         /* all addresses; read, write, execute */
    csrw pmpcfg0, t0
    li t0, 0xffff
    csrw medeleg, t0
    csrw mideleg, t0
    li t0, -1
    csrw mcounteren, t0
    li t0, 1 << 11                      /* mret goes to supervisor mode */
    csrw mstatus, t0
    la t0, _start
    csrw mepc, t0
    csrr a0, mhartid
    mret
