/*
 * checks.h - the checks of what stands on pages: one table for boot, monitor and sweep.
 */
#ifndef KERN_MM_CHECKS_H
#define KERN_MM_CHECKS_H

#include "defs.h"

/*
 * Panics at the line that does not hold; else prints one line and returns 0, or
 * -E_NO_MEM where memory ran out. All that it takes is given back.
 */
struct check {
    const char *name;
    int (*run)(void);
};

/* In the order of boot; kern/process/checks.c, above all that is checked. */
extern const struct check checks[];
extern const size_t nchecks;

/*
 * Run a check for each of its allocations, which is refused: first its pages, one
 * after the other, then its objects. True: each time the check was cut short and
 * nothing was lost, and *refused grew by how many times that was. False, with a
 * line that says why: not so, or the check fails by itself. Nothing is armed then.
 */
bool check_sweep(const struct check *check, size_t *refused) __warn_unused;

#endif
