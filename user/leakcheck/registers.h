/* registers.h - all registers of a program: at its start, and across a system call. */
#ifndef USER_LEAKCHECK_REGISTERS_H
#define USER_LEAKCHECK_REGISTERS_H

#include "defs.h"

#define REGISTERS 32
#define SP        2
#define A0        10
#define A1        11

/* As the kernel left them for the first instruction; the stack is not touched from then on but
 * for the word below it: the program has another one. */
extern uint64_t at_start[REGISTERS];

/*
 * The call that in[A0] and on ask for, with all of `in` in the registers but sp; then all of them
 * are in `out`. A fork must not be called so, nor what does not return; an exec may.
 */
void call_with(const uint64_t in[REGISTERS], uint64_t out[REGISTERS]);

#endif
