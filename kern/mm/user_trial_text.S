/*
 * user_trial_text.S - the programs of user_trial.c. They are copied to where they run.
 *
 * a0: an address, or how many bytes; a1: 1. They leave tp as no kernel would like it.
 */
    .section .rodata
    .globl trial_text, trial_load, trial_store, trial_jump, trial_push, trial_text_end
trial_text:
    ecall
trial_load:
    li tp, -1
    lbu a0, 0(a0)
    ecall
trial_store:
    li tp, -1
    sb a1, 0(a0)
    ecall
trial_jump:
    li tp, -1
    jr a0
trial_push:
    li tp, -1
    li t0, 1024
1:  addi sp, sp, -1024
    sd a0, 0(sp)
    mv t1, a0
    sub a0, a0, t0
    bgtu t1, t0, 1b
    ecall
trial_text_end:
