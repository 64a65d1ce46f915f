/*
 * model.h - the contract of a policy, to be run beside it.
 *
 * The model sees only numbers: what was asked, and what came back. It keeps who
 * owns which page, and says which promise (pmm.h: P1 to P8, H1) an answer
 * breaks. It never looks into the policy.
 */
#ifndef JUDGE_MODEL_H
#define JUDGE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pmm.h"
#include "wire.h"

/* A promise that was broken, and how. */
struct why {
    char promise[12];
    char text[400];
    char source[96]; /* where a child with sanitizers stopped, or empty */
};

/* Fill it; always false, so that a check can say `return broken(...)`. */
bool broken(struct why *why, const char *promise, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What came back from one call. */
struct answer {
    uint64_t page; /* of alloc_pages: an index, or WIRE_NO_PAGE, or WIRE_STRAY */
    uint64_t nr_free;
    uint64_t overhead;
    uint64_t grant; /* grant(n); 0: such a request is refused */
    bool has_grant; /* the manager has a grant() */
};

#define UNKNOWN UINT64_MAX

/* owner[page]: one of these, or OWNED + the id of the grant, which the caller chose. */
enum { FOREIGN, FREE, OWNED };

#define TAKES_SOME                                                                                 \
    64 /* pages, of which even a policy that needs pages for itself takes some over */

struct grant {
    uint32_t page;
    uint32_t n;    /* pages asked for */
    uint32_t cost; /* pages that nr_free fell by */
    uint32_t size; /* pages known to belong to it: grant(n), or n without a grant() */
    uint32_t left; /* of the n; less only after a part was freed */
};

struct model {
    const volatile struct Page *pages; /* may change under our feet: read once */
    uint32_t npages;
    uint32_t *owner;
    uint32_t *seen; /* scratch of model_blocks */
    uint32_t audit;

    struct grant *grants;
    uint32_t max_grants;
    uint32_t live; /* grants with pages left */

    uint64_t managed; /* pages that the policy says it took over */
    uint64_t missing; /* pages that it was given beyond those (a limitation) */
    uint64_t free, granted, overhead;
    uint64_t first_overhead; /* with nothing granted; UNKNOWN until then */
    uint64_t largest;        /* request that could be met when all was free, or 0 */
    uint64_t last_end;       /* one past the last grant; 0 when there was none */
    bool rounds;             /* costs were seen to be above n, without a grant() */
    bool lazy;               /* PMM_LAZY: P3 is the facade's */

    bool blocks_known;      /* the free blocks as they are now ... */
    uint64_t largest_block; /* ... and the longest of them */
    uint64_t blocks_hash;   /* the same for the same blocks, in any order */

    struct why why;
};

/* False: no memory. */
bool model_open(struct model *m, uint32_t capacity);
void model_close(struct model *m);
/* Start anew with that many descriptors, none of them handed over. */
void model_init(struct model *m, const volatile struct Page *frames, uint32_t npages);

/* "belongs to #3", for a page that should be free; valid until the next call. */
const char *model_whose(const struct model *m, uint64_t page);

/* Each is called after the policy answered; false: m->why says what was wrong. */
bool model_memmap(struct model *m, uint32_t page, uint32_t n, const struct answer *a);
bool model_granted(struct model *m, uint32_t id, uint64_t n, const struct answer *a);
/* Before that, where a front cache may have given all its pages back. */
void model_drained(struct model *m, const struct answer *a);
bool model_refused(struct model *m, uint64_t n, const struct answer *a);
/* Pages [off, off + n) of a grant; off = 0 and n = all of it, but for PMM_SUBRANGE. */
bool model_freed(struct model *m, uint32_t id, uint32_t off, uint32_t n, const struct answer *a);
/* The free blocks as the policy lists them (H1), at any time. */
bool model_blocks(struct model *m, const struct wire_block *blocks, size_t nblocks);

#endif
