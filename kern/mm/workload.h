/*
 * workload.h - courses of requests, by which allocators are compared.
 *
 * Freestanding, for the host and for a kernel; the same for a seed everywhere. A
 * course is planned and carried out by turns: only workload_run() makes requests
 * that are measured, and what it does beside them is the same for every
 * allocator, a few instructions a request.
 *
 *   a  alloc(1), free(1); a random half of the pages is free
 *   A  the same; the free half is contiguous: a buddy splits and merges all the way
 *   L  as a, but 32 pages deep, last in, first out
 *   b  every page alone, then all freed in random order
 *   c  1..64 pages, (2^(k-1), 2^k] with probability 2^-(k+1); 70 % of memory
 *      requested: a random grant is freed, then requests follow up to 70 % again
 *   d  2^k pages up to 1024, with probability 2^-(k+1); otherwise as c
 *   e  alloc(2), free(2); odd pages are free, and 1024 at the top: first-fit's worst case
 *   f  page faults: bursts of 1..512 single pages for one of many processes; at 70 %
 *      one of them exits as a whole
 *   u  1..64 pages, each size as often as any; otherwise as c
 */
#ifndef KERN_MM_WORKLOAD_H
#define KERN_MM_WORKLOAD_H

#include "pmm.h"
#include "rng.h"

#define WORKLOADS      "aALbcdefu"
#define WORKLOAD_STEPS 1024 /* of one plan, at most */
#define WORKLOAD_LEAST 4096 /* pages */
#define WORKLOAD_SEED  1

/* What is measured: a policy's members, or the facade's functions. */
struct workload_target {
    struct Page *(*alloc)(size_t n);
    void (*free)(struct Page *base, size_t n);
};

struct workload_setup {
    char id;
    struct workload_target target;
    struct Page *base; /* the frames, WORKLOAD_LEAST..2^31 - 1: all is free, none is granted */
    size_t npages;
    void *memory;      /* workload_bytes(), aligned to 8; may be used again after the course */
    unsigned occupied; /* percent of memory in c, d, f and u; 0: 70 */
    size_t done; /* of b, requests that are in the past already: 0..2 * npages; else ignored */
};

/* A grant, or a place for one. */
struct workload_slot {
    uint32_t page; /* index into the frames; WORKLOAD_EMPTY: none */
    uint32_t aux;  /* length of the grant; of f: the next slot of the same process */
};

#define WORKLOAD_EMPTY UINT32_MAX

/* One request: n pages for an empty slot, or those of a slot given back. */
struct workload_step {
    uint32_t slot;
    uint16_t n;
    uint16_t frees;
};

struct workload_process {
    uint32_t first, last; /* its slots, in the order they were filled */
};

struct workload {
    size_t allocs, frees; /* that workload_run made; frees of what failed are not made */
    size_t failed;        /* of the allocs */
    size_t requested;     /* pages in live grants, as asked for */
    size_t nsteps;        /* the plan */
    struct workload_step steps[WORKLOAD_STEPS];

    /* The course's own. */
    struct workload_setup setup;
    struct rng rng;
    struct workload_slot *slots;
    size_t live; /* slots in use, from the first on; not f */
    size_t freed,
        filled;         /* c, d, u: the plan empties the last `freed`, fills so many behind them */
    size_t depth, turn; /* pairs: grants in a cycle; where in it */
    size_t asked;       /* b: pages */
    struct workload_process *processes; /* f */
    size_t nprocesses;
    size_t current;  /* the one that grows or exits */
    size_t burst;    /* pages it is still to ask for */
    size_t expected; /* pages of all processes, when the plan is carried out */
    bool exiting;
    uint32_t spare; /* the first of the unused slots, chained */
};

/* About 9 bytes a page. */
size_t workload_bytes(size_t npages);

/*
 * Bring the allocator to the state in which the course begins, unmeasured: up to
 * 2 * npages requests, in an order that is cheap for lists in address order. Pages
 * that the allocator keeps for itself are left to it.
 */
void workload_start(struct workload *w, const struct workload_setup *setup);

/* Plan the next requests, up to at_most >= 1; how many. 0: the course is over (b), all is free. */
size_t workload_plan(struct workload *w, size_t at_most);

/* Carry out the plan, once; or by parts, in order: n steps from `first` on. */
void workload_run(struct workload *w);
void workload_run_part(struct workload *w, size_t first, size_t n);

/* Give back all that is still granted, between two plans: the allocator is as before
 * workload_start. */
void workload_end(struct workload *w);

/* Requests of a whole course: of b there are so many, the others are cut there. */
size_t workload_length(char id, size_t npages);

#endif
