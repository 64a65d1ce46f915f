/*
 * suite.c - one property: its pools, its seeds, and what a failure means.
 *
 * Seeds share a child, with init() between them. A failure is done again in a
 * fresh child: when it does not come back, init() is what failed, and from then
 * on every seed gets a child of its own.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "mix.h"
#include "suite.h"

#define BIG_POOL_SEEDS 20
#define FRESH_SEEDS    20 /* when each needs a child of its own */

struct plan {
    struct pool pool[MAX_POOLS];
    unsigned seeds[MAX_POOLS];
    unsigned n;
};

bool
suite_wants(const struct options *o, const struct property *p) {
    return (o->only == NULL || fnmatch(o->only, p->name, 0) == 0) && p->measures == o->measure &&
           (p->rule == RULE_NONE || p->rule == o->rule) && (!p->any_rule || o->rule != RULE_NONE);
}

static void
plan_add(struct plan *plan, uint32_t page, uint32_t n, uint64_t first_ppn, unsigned seeds) {
    if (plan->n < MAX_POOLS) {
        plan->seeds[plan->n] = seeds;
        plan->pool[plan->n++] = pool_of(page, n, first_ppn);
    }
}

/* Every base with every length, in an array of one size. */
static void
plan_shapes(struct plan *plan) {
    static const uint32_t bases[] = {0, 1, 3, 6, 839};
    static const uint32_t lengths[] = {1, 2, 3, 5, 7, 8, 9, 16, 31, 64, 100, 1000};
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(bases); k++) {
            plan_add(plan, bases[k], lengths[i], 0x80000, 1);
            plan->pool[plan->n - 1].npages = 2048;
        }
    }
    plan_add(plan, 839, 31929, 0x80000, 1);
}

static void
plan_random(const struct options *o, const struct property *p, struct plan *plan) {
    unsigned k = o->seeds;
    bool small = p->pools != POOLS_ROOMY;
    if (p->pools == POOLS_MERGE) {
        plan_add(plan, 0, 8, 0x80000, k);
    }
    if (small) {
        plan_add(plan, 0, 1, 0x80000, k);
        plan_add(plan, 1, 2, 0x80003, k);
        plan_add(plan, 2, 3, 0x80000, k);
    }
    plan_add(plan, 0, 64, 0x80000, k);
    plan_add(plan, 7, 1000, 0x80003, k);
    if (p->pools == POOLS_MERGE) { /* room for two blocks of 1,024, a buddy's usual top */
        plan_add(plan, 0, 2048, 0x80000, (k + 9) / 10);
    }
    if (p->pools == POOLS_DRAIN) {
        unsigned big = o->full ? BIG_POOL_SEEDS : 1;
        plan_add(plan, 839, 31929, 0x80000, big);
        if (o->full) {
            plan_add(plan, 0, 32768, 0x80000, big);
        }
    }
}

static void
make_plan(const struct options *o, const struct property *p, struct plan *plan) {
    plan->n = 0;
    if (o->npools > 0) {
        for (unsigned i = 0; i < o->npools; i++) {
            plan->pool[i] = o->pools[i];
            plan->seeds[i] = o->seeds;
        }
        plan->n = o->npools;
    } else if (p->pools == POOLS_SHAPES) {
        plan_shapes(plan);
    } else if (p->pools == POOLS_HOLES) {
        plan_add(plan, 0, 1, 0x80000, o->seeds); /* only a place: each seed makes its own */
    } else if (p->pools == POOLS_BUDDY) {
        plan_add(plan, 0, 1024, 0x80000, o->seeds);
        plan_add(plan, 7, 1000, 0x80003, o->seeds);
    } else if (p->pools == POOLS_SIXTEEN) {
        plan_add(plan, 0, 16, 0x80000, o->seeds);
    } else if (p->pools == POOLS_COURSE) {
        plan_add(plan, 839, 31929, 0x80000, o->seeds);
    } else if (p->pools == POOLS_EVEN) {
        plan_add(plan, 0, 8192, 0x80000, o->seeds);
    } else {
        plan_random(o, p, plan);
    }
    for (unsigned i = 0; i < plan->n && (o->has_nbase || p->once); i++) {
        plan->pool[i].nbase = o->has_nbase ? o->first_ppn : plan->pool[i].nbase;
        plan->seeds[i] = p->once ? 1 : plan->seeds[i];
    }
}

bool
suite_largest(struct world *w, const struct pool *pool, uint64_t *largest) {
    w->extras = (struct extras){0};
    *largest = 0;
    return world_start(w, pool) && find_largest(w, largest);
}

/* The calls that were just made, once more after init(); their answers must be the same. */
static bool
same_again(struct world *w) {
    size_t n = w->nsteps, given = w->pool.given;
    struct step *first = malloc((n + 1) * sizeof(*first));
    struct op *ops = malloc((n + 1) * sizeof(*ops));
    bool right = first != NULL && ops != NULL;
    if (!right) {
        abort();
    }
    memcpy(first, w->steps, n * sizeof(*first));
    for (size_t i = 0; i < n; i++) {
        ops[i] = first[i].op;
    }
    if (!world_restart(w) || !world_replay(w, ops + given, n - given)) {
        struct why why = w->model.why;
        right = broken(&w->model.why, "init", "after a second init(): %s: %.300s", why.promise,
                       why.text);
    }
    for (size_t i = 0; i < w->nsteps && right; i++) {
        if (w->steps[i].page != first[i].page || w->steps[i].nr_free != first[i].nr_free) {
            w->nsteps = i + 1;
            right = broken(&w->model.why, "init",
                           "after a second init() the answer is %ld with %lu pages free; at first "
                           "it was %ld with %lu",
                           (long)w->steps[i].page, (unsigned long)w->steps[i].nr_free,
                           (long)first[i].page, (unsigned long)first[i].nr_free);
        }
    }
    free(first);
    free(ops);
    return right;
}

bool
suite_one(struct world *w, const struct property *p, const struct pool *pool, uint64_t seed,
          uint64_t largest) {
    struct rng r = rng_for(seed, p->name);
    if (!world_start(w, pool)) {
        return false;
    }
    w->model.largest = largest;
    if (w->model.managed == 0 && pool->given == pool->nranges) {
        return true; /* too small for this policy: there is nothing to ask for */
    }
    return p->run(w, &r) && (!w->extras.twice || same_again(w)) && world_finish(w);
}

bool
suite_replay(struct world *w, const struct property *p, const struct pool *pool,
             const struct op *ops, size_t n) {
    struct extras extras = w->extras;
    uint64_t largest = 0;
    world_renew(w);
    if (p->largest && !suite_largest(w, pool, &largest)) {
        w->extras = extras;
        return false;
    }
    w->extras = extras;
    world_renew(w);
    if (!world_start(w, pool)) {
        return false;
    }
    w->model.largest = largest;
    return world_replay(w, ops, n) && (!w->extras.twice || same_again(w)) && world_finish(w);
}

static struct op *
copy_ops(const struct world *w, size_t *n) {
    struct op *ops = malloc((w->nsteps + 1) * sizeof(*ops));
    if (ops == NULL) {
        abort();
    }
    *n = 0;
    for (size_t i = 0; i < w->nsteps; i++) {
        if (w->steps[i].op.kind != OP_GIVE || w->steps[i].op.id >= w->pool.given) {
            ops[(*n)++] = w->steps[i].op;
        }
    }
    return ops;
}

void
suite_keep(struct result *result, const struct world *w) {
    free(result->steps);
    result->nsteps = w->nsteps;
    result->steps = malloc((w->nsteps + 1) * sizeof(*result->steps));
    if (result->steps == NULL) {
        abort();
    }
    memcpy(result->steps, w->steps, w->nsteps * sizeof(*result->steps));
    result->why = w->model.why;
    result->pool = w->pool;
    result->due = w->model.managed - w->model.granted - w->model.overhead;
}

enum next { NEXT_SEED, NEXT_AGAIN, NEXT_STOP };

/* A failure that is only a limitation: asserts on 0, or cannot stand junk in the owner's fields. */
static enum next
excuse(struct world *w, const struct property *p, struct result *result, const struct op *ops,
       size_t n) {
    struct judge *j = w->judge;
    const struct step *last = w->nsteps > 0 ? &w->steps[w->nsteps - 1] : NULL;
    if (j->house || last == NULL) {
        return NEXT_SEED;
    }
    if (last->op.kind == OP_ALLOC && last->op.n == 0 &&
        strcmp(w->model.why.promise, "panic") == 0) {
        limited(w, "P5", "asserts on 0", "alloc_pages(0) panics");
        j->no_zero = true;
        return NEXT_AGAIN;
    }
    if (w->extras.junk && strcmp(w->model.why.promise, "M2") != 0) {
        w->extras.junk = false;
        bool right = suite_replay(w, p, &result->pool, ops, n);
        w->extras.junk = true;
        if (right) {
            limited(w, "H2", "H2 not kept", result->why.text);
            return NEXT_STOP;
        }
    }
    return NEXT_SEED;
}

/* What a failure means. NEXT_SEED: it is what it seems. */
static enum next
judge_failure(struct world *w, const struct property *p, struct result *result) {
    size_t n;
    struct op *ops = copy_ops(w, &n);
    enum next next = NEXT_STOP;
    suite_keep(result, w);
    if (!w->judge->fault && !p->bare) {
        next = excuse(w, p, result, ops, n);
    }
    if (next == NEXT_SEED) {
        next = NEXT_STOP;
        result->verdict = BROKEN;
        result->replayed = !suite_replay(w, p, &result->pool, ops, n);
        if (result->replayed) {
            suite_keep(result, w);
            shrink(w, result);
        } else if (!w->judge->fresh_each) {
            w->judge->fresh_each = true;
            next = limited(w, "init", "init() does not restore the first state", result->why.text)
                       ? NEXT_AGAIN
                       : NEXT_STOP;
            result->why = w->model.why;
            result->verdict = next == NEXT_STOP ? BROKEN : PASS;
        }
    } else if (p->bare || w->judge->fault) {
        result->verdict = BROKEN;
    }
    free(ops);
    return next;
}

/* A stated top size is no mistake; one that is far below a small pool is told. */
static void
note_top_size(struct world *w, const struct pool *pool, uint64_t largest) {
    char detail[64];
    uint64_t all = w->model.managed < pool_pages(pool) ? w->model.managed : pool_pages(pool);
    if (!w->judge->house && largest * 8 < all && all <= 1024) {
        snprintf(detail, sizeof(detail), "%lu of %lu", (unsigned long)largest, (unsigned long)all);
        limited(w, "P5", "no large part of memory can be had in one piece", detail);
    }
}

static enum next
run_pool(struct world *w, const struct options *o, const struct property *p, struct result *result,
         const struct pool *given, unsigned seeds) {
    uint64_t largest = 0;
    struct pool pool = *given;
    limited_ranges(w, &pool);
    if (p->largest) {
        struct extras extras = w->extras;
        if (!suite_largest(w, &pool, &largest)) {
            struct property search = *p;
            search.largest = false; /* its calls are the failure; they are not searched for again */
            result->seed = o->seed;
            result->found_in = pool;
            result->property = &search;
            enum next next = judge_failure(w, &search, result);
            result->property = p;
            return next;
        }
        w->extras = extras;
        note_top_size(w, &pool, largest);
    }
    for (unsigned k = 0; k < seeds; k++) {
        uint64_t seed = o->seed + k;
        if (p->pools == POOLS_HOLES && o->npools == 0) {
            struct rng r = rng_for(seed, "holes");
            pool = pool_with_holes(&r, strcmp(p->name, "ranges_order") == 0, given->nbase);
        }
        limited_ranges(w, &pool);
        if (k >= FRESH_SEEDS && w->judge->fresh_each) {
            break;
        }
        if (!suite_one(w, p, &pool, seed, largest)) {
            result->seed = seed;
            result->found_in = pool;
            enum next next = judge_failure(w, p, result);
            if (next != NEXT_SEED) {
                return next;
            }
        }
    }
    return NEXT_SEED;
}

/* Have the manager and the options what this property is about? */
static bool
suite_applies(const struct judge *judge, const struct options *o, const struct property *p) {
    bool checks = (judge->has & (WIRE_HAS_CHECK | WIRE_HAS_BASIC_CHECK)) != 0;
    return (judge->caps & p->caps) == p->caps && (checks || !p->checks) &&
           (!judge->house || !p->outside) && (judge->traced != NULL || !p->traced) &&
           (o->variant.top != 0 || !p->sized) && (!judge->machine || !p->measures);
}

void
suite_run(struct judge *judge, const struct options *o, const struct property *p,
          struct result *result) {
    struct world w = {.judge = judge};
    struct plan plan;
    enum next next;
    unsigned limits = judge->limits.n, tries = 0;
    *result = (struct result){.property = p, .verdict = PASS};
    if (!suite_applies(judge, o, p)) {
        result->verdict = SKIPPED;
        return;
    }
    make_plan(o, p, &plan);
    do {
        next = NEXT_SEED;
        for (unsigned i = 0; i < plan.n && next == NEXT_SEED; i++) {
            w.extras = p->extras;
            w.extras.rule = o->rule;
            w.extras.variant = o->variant;
            next = run_pool(&w, o, p, result, &plan.pool[i], plan.seeds[i]);
        }
    } while (next == NEXT_AGAIN && ++tries < 4);
    for (unsigned i = limits; i < judge->limits.n; i++) {
        result->limits[result->nlimits++] = judge->limits.limit[i];
    }
    if (result->verdict == PASS && result->nlimits > 0) {
        result->verdict = LIMITED;
    }
    world_close(&w);
}
