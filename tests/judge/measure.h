/*
 * measure.h - what a policy costs: instructions, and memory that requests cannot have.
 *
 * One course of requests, fixed by the seed: neither sizes nor the order of
 * frees depend on the policy's answers. It is run in a plain child, where the
 * model checks each answer and memory is looked at; then up to each window in
 * another, where the judge steps through those calls (steps.h), and whose answers
 * must be the same. The measures are the better the smaller they are, and the
 * same for a seed, bit for bit.
 */
#ifndef JUDGE_MEASURE_H
#define JUDGE_MEASURE_H

#include <stdio.h>

#include "rng.h"
#include "world.h"

#define MEASURE_PHASES  3
#define MEASURE_WINDOWS 4 /* of a phase */

/* Calls in a row that are stepped through, from a random one of a part of the course on. */
struct window {
    unsigned call;     /* of the course, that it begins with */
    size_t begin, end; /* of the recorded calls */
    uint64_t steps;    /* their instructions */
    uint64_t calls;    /* of them, that did something: a NULL costs its steps, and counts as none */
};

/* A part of the course, and memory at its end; in pages. */
struct phase {
    struct window window[MEASURE_WINDOWS]; /* one in each of as many equal parts */
    bool cut;         /* MOST_STEPS were reached: this and later phases were not counted */
    uint64_t wanted;  /* by all requests that were not taken back */
    uint64_t met;     /* by those of them that were granted */
    uint64_t used;    /* taken for these, with rounding and overhead */
    uint64_t others;  /* in no request that was granted */
    uint64_t largest; /* request that can be met */
};

struct measured {
    struct phase phase[MEASURE_PHASES];
    uint64_t steps;     /* of all windows */
    bool done;          /* the course came to its end in the plain child */
    char uncounted[80]; /* why instructions cannot be counted here, or empty */
};

/* A property: fills w->judge->measured. Slow and wasteful is not broken. */
bool run_measure(struct world *w, struct rng *r);

/* For people: a line a phase. */
void measure_print(FILE *out, const struct measured *m);

/*
 * For programs: {instructions, dearest, space, scatter, cut, uncounted, phases}.
 * The first four are numbers, or null:
 *   instructions  of a call, the mean of all windows; null when it was cut, too;
 *   dearest       of a call in the window where it takes most, be it refused or not; likewise;
 *   space         pages taken for a page that was asked for, over the share of pages that were
 *                 granted;
 *   scatter       pages that no request has, for a page of the largest request that can be met.
 */
void measure_json(FILE *out, const struct measured *m);

#endif
