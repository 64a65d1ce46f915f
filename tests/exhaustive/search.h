/* search.h - one search: what it is told, and what it has found. */
#ifndef EXHAUSTIVE_SEARCH_H
#define EXHAUSTIVE_SEARCH_H

#include "states.h"
#include "world.h"

#define MOST_PAGES 32 /* descriptors */

enum status { HOLDS, BREAKS, USAGE, NO_MEMORY, CUT_OFF };

struct search {
    struct judge judge;
    struct world w;
    struct pool pool;
    size_t frame_bytes; /* that the policy keeps in each frame: 0, or 8 and more ... */
    unsigned depth;     /* calls in a row, at most; 0: until it closes */
    uint32_t most;      /* states, then it is cut off */
    bool scrub;         /* ... but what is in a free block is anybody's */
    bool sets, parts;   /* what a state is, and whether parts of grants are freed: see search.c */

    uint64_t request[MOST_PAGES + 4]; /* lengths to ask for */
    uint8_t nrequests;
    uint64_t largest; /* request that is met when all is free */
    size_t policy_bytes;
    char *before, *after; /* a state: the one that is expanded; scratch */

    struct states states;
    uint64_t moves;   /* calls made */
    unsigned reached; /* depth up to which everything was tried */
    bool closed;      /* no new state is left */
};

extern struct search search;

/*
 * Start the policy on search.pool, and find out what there is to ask for. False
 * when a promise is broken even so: search.w has the steps and model.why.
 */
bool search_prepare(void);

/* HOLDS when closed or at its depth. After BREAKS, search_again tells how. */
enum status search_run(void);

/* The calls that led to the failure, from init() on. False: this time no promise is broken. */
bool search_again(void);

#endif
