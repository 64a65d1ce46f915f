/* init_main.h - process 1: the parent of programs, who sees to it that they leave nothing behind.
 */
#ifndef KERN_PROCESS_INIT_MAIN_H
#define KERN_PROCESS_INIT_MAIN_H

#include "exec.h"

/*
 * Run a program, and whatever it starts, to the end, as children of a new init; then
 * compare pages and objects in use with before, and say so. Its status; or an
 * error, which has been said: it cannot be run, or something is lost (-E_LOST).
 */
int run_program(const struct program *program);

#endif
