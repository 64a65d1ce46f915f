/* suite.h - options of a run, and the verdict on one property. */
#ifndef JUDGE_SUITE_H
#define JUDGE_SUITE_H

#include "properties.h"
#include "world.h"

#define MAX_POOLS 64

struct options {
    const char *program; /* the judge's own name, for commands to run again */
    const char *child;
    const char *only;   /* a glob, or NULL */
    const char *source; /* of the policy, for people, or NULL */
    const char *tsv, *json;
    enum rule rule;
    struct variant variant;
    bool measure;                 /* the property "measure", and no other */
    struct pool pools[MAX_POOLS]; /* instead of the properties' own */
    unsigned npools;
    uint64_t first_ppn; /* nbase of pools from --pool */
    bool has_nbase;
    uint64_t seed;
    unsigned seeds;
    bool full, quiet, list;
};

enum verdict { PASS, BROKEN, LIMITED, SKIPPED };

struct result {
    const struct property *property;
    enum verdict verdict;
    struct why why; /* of BROKEN */
    struct limit limits[MAX_LIMITS];
    unsigned nlimits;

    /* The shortest failing sequence that was found, and how it came about. */
    struct pool pool;
    uint64_t seed;
    struct step *steps;
    size_t nsteps;
    struct pool found_in; /* the pool that seed was run on */
    bool replayed;        /* it failed again in a fresh child */
    uint64_t due;         /* what nr_free_pages() should be after it */
};

struct results {
    struct result *result;
    size_t n;
};

/* Try one property on all its pools and seeds. steps are the caller's to free. */
void suite_run(struct judge *judge, const struct options *o, const struct property *p,
               struct result *result);

/* The calls that were just made, and what was wrong with the last of them. */
void suite_keep(struct result *result, const struct world *w);

/* Does this run include that property? */
bool suite_wants(const struct options *o, const struct property *p);

/* One seed of one property on one pool, from init() to the last look. */
bool suite_one(struct world *w, const struct property *p, const struct pool *pool, uint64_t seed,
               uint64_t largest);

/* A list of calls instead of a seed, in a fresh child. */
bool suite_replay(struct world *w, const struct property *p, const struct pool *pool,
                  const struct op *ops, size_t n);

/* The largest request that can be met right after init; false when a promise breaks. */
bool suite_largest(struct world *w, const struct pool *pool, uint64_t *largest);

/* Shorten the failing list in `result` for a few seconds; its steps are replaced. */
void shrink(struct world *w, struct result *result);

#endif
