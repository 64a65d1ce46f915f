/* properties.h - the list of what is tested, each by a name. */
#ifndef JUDGE_PROPERTIES_H
#define JUDGE_PROPERTIES_H

#include "rng.h"
#include "world.h"

/* Which pools a property is tried on. */
enum pools {
    POOLS_ANY,    /* 1, 2, 3, 64, 1,000 pages */
    POOLS_ROOMY,  /* those of 64 pages and more */
    POOLS_MERGE,  /* 8 pages, any, and 2,048 */
    POOLS_DRAIN,  /* any, and in the full run two large ones */
    POOLS_SHAPES, /* many bases and lengths */
    POOLS_HOLES,  /* several ranges, another set for each seed */
    POOLS_BUDDY,  /* one of 1,024 pages, and one of 1,000 at an odd place */
    POOLS_SIXTEEN,
    POOLS_EVEN,   /* 8,192 pages, at a multiple of that */
    POOLS_COURSE, /* 31,929 pages from index 839 on: QEMU with 128 MiB */
};

struct property {
    const char *name;
    const char *title; /* what holds when it passes, for a person */
    bool (*run)(struct world *w, struct rng *r);
    enum pools pools;
    enum rule rule; /* only when this rule was asked for; RULE_NONE: always */
    bool any_rule;  /* only when some rule was asked for */
    uint64_t caps;  /* only for policies with these */
    bool largest;   /* needs to know the largest request that can be met */
    bool once;      /* one seed is enough */
    bool outside;   /* only for files that need not keep the house rules */
    bool traced;    /* only with a child that counts steps */
    bool bare;      /* a fresh child, no list of calls to be shortened */
    bool checks;    /* only for policies with checks of their own */
    bool sized;     /* only when a top size was asked for */
    bool measures;  /* only when that was asked for, and nothing else then */
    struct extras extras;
};

extern const struct property properties[];
extern const size_t nproperties;

/* For POOLS_HOLES. */
struct pool pool_with_holes(struct rng *r, bool any_order, uint64_t first_ppn);

#endif
