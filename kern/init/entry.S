/*
 * entry.S - from the firmware's jump to kern_init in the higher half.
 *
 * Enters with paging off, a0 = hart id, a1 = physical address of the device tree.
 * The image may have been loaded at any multiple of 2 MiB: until paging is on,
 * every address is taken relative to the program counter.
 */
#include "memlayout.h"

#define ROOT_INDEX(va) (((va) >> 30) & 511)
#define LEAF_RW        0xe7             /* D A G W R V */
#define LEAF_RWX       0xef             /* D A G X W R V */

    .section .text.entry, "ax"
    .globl _start
_start:
    la t0, early_trap
    csrw stvec, t0
    csrw sie, zero
    mv s0, a0
    mv s1, a1

    /* Firmware without the HSM extension starts all harts here: the first goes on. */
    la t0, boot_hart_taken
    li t1, 1
    amoswap.w t1, t1, (t0)
    bnez t1, park
    la s2, _start                       /* where the image is */

    la t0, bss_start
    la t1, bss_end
1:  sd zero, 0(t0)
    addi t0, t0, 8
    bltu t0, t1, 1b

    la a0, misaligned_message
    slli t0, s2, 64 - 21
    bnez t0, early_panic

    /* The linear map: physical address 0 on, in pages of 1 GiB. */
    la s3, boot_root
    li t0, ROOT_INDEX(LINEAR_BASE) * 8
    add t0, t0, s3
    li t1, LEAF_RW
    li t2, 1 << 28                      /* 1 GiB further, as a page table entry counts */
    li t3, LINEAR_GIGS
2:  sd t1, 0(t0)
    add t1, t1, t2
    addi t0, t0, 8
    addi t3, t3, -1
    bnez t3, 2b

    /* The image, in pages of 2 MiB. An entry that leads to a table has only V. */
    la t0, boot_image
    srli t1, t0, 2
    ori t1, t1, 1
    li t2, ROOT_INDEX(IMAGE_BASE) * 8
    add t2, t2, s3
    sd t1, 0(t2)
    addi t0, t0, ((IMAGE_BASE >> 21) & 511) * 8
    srli t1, s2, 2
    ori t1, t1, LEAF_RWX
    la t2, image_end
    li t3, 1 << 19                      /* 2 MiB further */
3:  sd t1, 0(t0)
    add t1, t1, t3
    addi t0, t0, 8
    li t4, 1 << 21
    add s2, s2, t4
    bltu s2, t2, 3b
    la s2, _start

    /* Identity, 1 GiB of it, for the few instructions between here and `higher`. */
    srli s4, s2, 30
    slli t1, s4, 28
    ori t1, t1, LEAF_RWX
    slli s4, s4, 3
    add t0, s3, s4
    ld s5, 0(t0)
    sd t1, 0(t0)

    srli t0, s3, 12
    li t1, 8 << 60                      /* Sv39 */
    or t0, t0, t1
    sfence.vma
    csrw satp, t0
    sfence.vma
    la t0, higher_address
    ld t0, 0(t0)
    jr t0

    .balign 8
higher_address:
    .dword higher

higher:
    la t0, trap_entry
    csrw stvec, t0
    la t0, trap_stack_top
    csrw sscratch, t0
    la t0, boot_root
    add t0, t0, s4
    sd s5, 0(t0)                        /* the identity entry is taken back */
    sfence.vma
    la sp, boot_stack_top
    mv tp, s0
    mv a0, s0
    mv a1, s1
    mv a2, s2
    li fp, 0
    li ra, 0
    tail kern_init

park:
    wfi
    j park

/*
 * Before the kernel is up: say what happened through the firmware's oldest
 * console call, and switch off. Uses no stack and works with paging on or off.
 */
    .balign 4
early_trap:
    la a0, trap_message
early_panic:
    la t0, early_trap_again
    csrw stvec, t0
    jal t6, print
    la a0, cause_message
    jal t6, print
    csrr s6, scause
    jal t6, print_hex
    la a0, epc_message
    jal t6, print
    csrr s6, sepc
    jal t6, print_hex
    la a0, tval_message
    jal t6, print
    csrr s6, stval
    jal t6, print_hex
    la a0, off_message
    jal t6, print
early_trap_again:
    li a7, 0x53525354                   /* system reset: shut down */
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
    li a7, 8                            /* legacy shutdown */
    ecall
4:  wfi
    j 4b

print:                                  /* the string at a0; returns to t6 */
    mv s7, a0
5:  lbu a0, 0(s7)
    beqz a0, 6f
    li a7, 1
    ecall
    addi s7, s7, 1
    j 5b
6:  jr t6

print_hex:                              /* s6, 16 digits; returns to t6 */
    li s7, 60
7:  srl a0, s6, s7
    andi a0, a0, 15
    sltiu t0, a0, 10
    addi a0, a0, 'a' - 10
    beqz t0, 8f
    addi a0, a0, '0' - 'a' + 10
8:  li a7, 1
    ecall
    addi s7, s7, -4
    bgez s7, 7b
    jr t6

trap_message:
    .asciz "\npagelab: trap before the kernel was up:"
misaligned_message:
    .asciz "\npagelab: the image was not loaded at a multiple of 2 MiB:"
cause_message:
    .asciz " scause 0x"
epc_message:
    .asciz " sepc 0x"
tval_message:
    .asciz " stval 0x"
off_message:
    .asciz "\npagelab: off 100\n"

    .section .data
    .balign 4
boot_hart_taken:                        /* not in .bss, which is cleared */
    .word 0

    .section .bss
    .balign 4096
boot_root:
    .space 4096
boot_image:
    .space 4096
