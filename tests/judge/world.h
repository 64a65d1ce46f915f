/*
 * world.h - one pool, the policy that runs it, and the model beside it.
 *
 * Everything that is asked of the policy goes through here and is recorded, so
 * that a failure can be told, replayed and shortened. Functions that return
 * bool return false when a promise was broken: w->model.why says which.
 */
#ifndef JUDGE_WORLD_H
#define JUDGE_WORLD_H

#include "model.h"
#include "run.h"

#define MAX_RANGES 8

struct range {
    uint32_t page, n;
};

/* Memory, as indexes into pages[]; whatever is in no range stays reserved. */
struct pool {
    struct range range[MAX_RANGES]; /* in the order in which they are handed over */
    unsigned nranges;
    unsigned given;  /* this many of them at the start, the rest by OP_GIVE */
    uint32_t npages; /* descriptors */
    uint64_t nbase;  /* page number of index 0 */
};

enum op_kind { OP_ALLOC, OP_FREE, OP_PART, OP_GIVE };

/* One call. An id names a grant from its OP_ALLOC on; frees of unknown ids are skipped. */
struct op {
    enum op_kind kind;
    uint32_t id;  /* OP_GIVE: number of the range */
    uint32_t off; /* OP_PART: [off, off + n) of the grant */
    uint64_t n;
};

struct step {
    struct op op;
    uint64_t page; /* answer of alloc_pages; first page that is freed or given */
    uint64_t nr_free;
};

enum rule { RULE_NONE, RULE_FIRST_FIT, RULE_BEST_FIT, RULE_NEXT_FIT, RULE_WORST_FIT, RULE_BUDDY };

/* A rule's choices, as one student has them and another has not; all 0: as rules.h says. */
struct variant {
    bool high; /* of blocks that would do equally well the one at the highest address is taken */
    bool high_end; /* ... and pages come from its high end */
    bool any;      /* of a buddy's blocks that are large enough not only the smallest is taken */
    uint64_t top;  /* pages of a buddy's largest block, 2^k; 0: whatever the policy's own is */
};

/* What is checked beside the contract. */
struct extras {
    enum rule rule;
    struct variant variant;
    bool place; /* pages must come from where the rule takes them */
    bool size;  /* a buddy grants powers of two */
    bool align; /* ... that are aligned to their size (H3) */
    bool junk;  /* fill the owner's fields of granted frames (H2) */
    bool twice; /* after init() again the same calls give the same answers */
};

#define MAX_LIMITS 16

/* Shortfalls that do not make a policy wrong; each title once. */
struct limits {
    struct limit {
        char promise[12];
        const char *title;
        char text[480];
    } limit[MAX_LIMITS];
    unsigned n;
};

enum ranges_kept { RANGES_ALL, RANGES_FIRST, RANGES_LAST };

/* What is known about the policy, and how to treat it; outlives worlds. */
struct judge {
    const char *path;
    const char *traced; /* the same policy, counting steps, or NULL */
    uint64_t caps, has; /* of the manager */
    char name[WIRE_TEXT];
    unsigned timeout_ms;
    unsigned audit_every; /* 0: after every step, of large pools after each 1,024th */
    bool machine;         /* children are machines (machine.h) */
    bool as_found;        /* failures are not shortened */
    bool keep_child;      /* world_renew does nothing */
    bool house;           /* house rules are promises: H1, H2, P7 in full, NULL for 0 */
    bool cached;          /* a front cache stands before it (kern/mm/front_cache.h) */
    bool fresh_each;      /* init() does not restore the first state: use a new child each time */
    bool power_only;      /* of a range it takes the largest power of two */
    bool grants_runs;     /* of memory that is all free it gives 64 pages in a row */
    enum ranges_kept ranges; /* of several that it is given */
    bool h1_off;             /* the policy does not show its free blocks */
    bool stale_marks;        /* PG_property was on a frame that starts no free block */
    bool rounds;             /* without a grant(), costs were seen to be above the request */
    bool nests;              /* it takes pages from itself, and has no overhead() to say how many */
    bool hung;               /* a call did not return in timeout_ms */
    bool no_zero;            /* alloc_pages(0) panics: do not ask again */
    bool fault;              /* a child cannot be started: no verdict */
    int64_t shrunk_ms;       /* time that went into shortening hangs */
    struct limits limits;
    struct measured *measured; /* what it costs (measure.h), or NULL */
};

struct world {
    struct judge *judge;
    struct child child;
    struct model model;
    struct pool pool;
    struct extras extras;
    uint32_t capacity; /* of the model */

    struct step *steps;
    size_t nsteps, max_steps;
    uint32_t next_id;
    uint32_t *live; /* ids of live grants, in no order, and where each id is in it */
    uint32_t *live_at;
    uint32_t nlive;
    uint64_t steps_taken; /* by the last call, see cost.h */

    bool *had;               /* of each page: was it ever granted? */
    struct wire_block *scan; /* blocks read from PG_property */
};

bool world_start(struct world *w, const struct pool *pool);
/* What comes next has a child of its own. */
void world_renew(struct world *w);
/* init() again in the same child, descriptors as they were left, but reserved. */
bool world_restart(struct world *w);
/* At the end: nothing that was never handed over has been written to. */
bool world_finish(struct world *w);
void world_close(struct world *w);

/* *id is the grant, or UINT32_MAX when the answer was NULL. */
bool world_alloc(struct world *w, uint64_t n, uint32_t *id);
bool world_free(struct world *w, uint32_t id);
bool world_free_part(struct world *w, uint32_t id, uint32_t off, uint32_t n);
bool world_give(struct world *w, unsigned range);
bool world_call(struct world *w, enum wire_op op, uint64_t n, struct wire_reply *r);

/* One recorded call, or nothing when it cannot be done (an id that was never granted). */
bool world_replay_one(struct world *w, const struct op *op);

/* Run a recorded list; grants of an earlier one are forgotten. */
bool world_replay(struct world *w, const struct op *ops, size_t n);

/* A pool of one range. */
struct pool pool_of(uint32_t page, uint32_t n, uint64_t first_ppn);
uint64_t pool_pages(const struct pool *p);

#endif
