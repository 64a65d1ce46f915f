/*
 * cost.c - is it slow? Steps of alloc_pages and free_pages in small and in large memory.
 *
 * A step is a basic block of the policy, counted by a child that was compiled
 * with -fsanitize-coverage=trace-pc: the same on every machine, whatever else
 * runs on it. Sixteen times the memory may cost a few steps more (a tree is
 * deeper), not four times as many. Slow is a limitation, in our own policies as
 * well, and never a broken promise; the verdict rests on the plain child.
 */
#include <stdio.h>
#include <string.h>

#include "cost.h"
#include "limits.h"
#include "mix.h"

#define SMALL      1024
#define LARGE      16384
#define SLOW       4         /* times the steps, for LARGE / SMALL times the memory */
#define LINEAR     10        /* ... and from here on it is called that */
#define MOST_STEPS 300000000 /* of one stage; what was done until then is the measure */
#define CALLS      64        /* of a stage that does not go through all of memory */

enum stage { STAGE_EMPTY, STAGE_FILL, STAGE_THIN, STAGE_HALF, STAGES };

static const char *const stage_names[STAGES] = {
    [STAGE_EMPTY] = "while all memory is free",
    [STAGE_FILL] = "while memory is filled page by page",
    [STAGE_THIN] = "while every other page is given back",
    [STAGE_HALF] = "while half of memory is free in single pages",
};

struct cost {
    uint64_t steps[2], calls[2]; /* of alloc_pages, of free_pages */
};

static bool
go_on(const struct cost *c) {
    return c->steps[0] + c->steps[1] < MOST_STEPS;
}

static bool
take(struct world *w, struct cost *c) {
    uint32_t id;
    bool right = world_alloc(w, 1, &id);
    c->steps[0] += w->steps_taken;
    c->calls[0]++;
    return right && id != UINT32_MAX;
}

static bool
give(struct world *w, struct cost *c, uint32_t id) {
    bool right = world_free(w, id);
    c->steps[1] += w->steps_taken;
    c->calls[1]++;
    return right;
}

static bool
run_stage(struct world *w, struct rng *r, enum stage stage, struct cost *c) {
    uint64_t n = stage == STAGE_FILL ? w->model.free : stage == STAGE_THIN ? w->nlive / 2 : CALLS;
    for (uint64_t i = 0; i < n && go_on(c); i++) {
        if (stage != STAGE_THIN && !take(w, c)) {
            return false;
        }
        if (stage != STAGE_FILL && !give(w, c, w->live[rng_below(r, w->nlive)])) {
            return false;
        }
    }
    return true;
}

static bool
measure(struct world *w, uint32_t npages, struct cost cost[STAGES]) {
    struct pool p = pool_of(0, npages, 0x80000);
    struct rng r = rng_for(npages, "cost");
    if (!world_start(w, &p)) {
        return false;
    }
    for (enum stage stage = 0; stage < STAGES; stage++) {
        cost[stage] = (struct cost){0};
        if (!run_stage(w, &r, stage, &cost[stage])) {
            return false;
        }
    }
    return true;
}

/* Steps a call, for a call that took place. */
static uint64_t
mean(const struct cost *c, unsigned which) {
    return c->calls[which] == 0 ? 0 : (c->steps[which] + c->calls[which] / 2) / c->calls[which];
}

/* The worst of all stages and both functions, if it is slow. */
static void
compare(struct judge *j, const struct cost small[STAGES], const struct cost large[STAGES]) {
    static const char *const names[] = {"alloc_pages", "free_pages"};
    uint64_t worst = SLOW;
    char text[300] = "";
    for (unsigned k = 0; k < 2 * STAGES; k++) {
        uint64_t few = mean(&small[k / 2], k % 2), many = mean(&large[k / 2], k % 2);
        if (few == 0 || many / few < worst) {
            continue;
        }
        worst = many / few;
        snprintf(
            text, sizeof(text),
            "%s takes %lu steps at 1,024 pages and %lu at 16,384, %s: 16 times the memory, %lu "
            "times the work%s",
            names[k % 2], (unsigned long)few, (unsigned long)many, stage_names[k / 2],
            (unsigned long)worst, worst >= LINEAR ? " (linear)" : "");
    }
    if (text[0] != '\0') {
        limit_named(&j->limits, "cost", "slow", text);
    }
}

bool
run_cost(struct world *w, struct rng *r) {
    struct judge traced = *w->judge;
    struct world trial = {.judge = &traced};
    struct cost small[STAGES], large[STAGES];
    (void)r;
    traced.path = w->judge->traced;
    traced.machine = false;
    traced.h1_off = true;
    if (measure(&trial, SMALL, small) && measure(&trial, LARGE, large)) {
        compare(w->judge, small, large);
    }
    world_close(&trial);
    return true;
}
