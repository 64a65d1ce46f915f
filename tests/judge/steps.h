/*
 * steps.h - call a function in another process, and count its instructions from outside.
 *
 * The judge is the caller: it sets the registers of a child that does nothing
 * else, and lets it go on one instruction at a time until it returns. What is
 * counted is the child's every instruction, so nothing that is in the child can
 * make them fewer; it does not run between calls. The count is the same
 * whatever else the machine does.
 */
#ifndef JUDGE_STEPS_H
#define JUDGE_STEPS_H

#include "run.h"

enum steps_end {
    STEPS_RETURNED,
    STEPS_MOST, /* as many as are allowed; the child is in the midst of the call */
    STEPS_DIED, /* it crashed, ended, or waits for what does not come */
};

struct stepper {
    struct child *child;
    uint64_t steps; /* so far, of all calls */
    uint64_t most;
};

/* Stop the child, which has answered all that it was asked. NULL, or why that is not possible. */
const char *steps_begin(struct stepper *s, struct child *child, uint64_t most);

/* The address of a function of the manager: `offset` is that of its member, in bytes. */
uint64_t steps_member(const struct stepper *s, size_t offset);

/* Call `function` (an address in the child); *answer is what it returned. */
enum steps_end steps_call(struct stepper *s, uint64_t function, const uint64_t arguments[2],
                          uint64_t *answer);

#endif
