/*
 * facade.h - what pmm.c and grants.c share: the zone, and the quick way of one page.
 *
 * Private to these two. Everybody else has pmm.h and zone.h.
 */
#ifndef KERN_MM_FACADE_H
#define KERN_MM_FACADE_H

#include "fail.h"
#include "machine.h"
#include "spinlock.h"
#include "zone.h"

#define ZONE_RANGES MACHINE_RANGES

/*
 * Frames of one range, in open chunks, and the frame behind each is, too. Empty
 * where one page is not what is granted for one.
 */
struct window {
    const struct Page *base; /* the first */
    size_t bytes;            /* of their descriptors */
    uint8_t *states;         /* theirs, in the map of grants */
};

struct zone {
    struct spinlock lock;    /* guards all that follows, and the policy */
    struct fail fail;        /* armed to refuse a call */
    struct window window;    /* of the range that a page was of which last came the long way */
    uint64_t grants, frees;  /* of zone_stat */
    size_t peak;             /* likewise */
    size_t below_peak;       /* pages: granted = peak - below_peak */
    size_t slack;            /* pages granted beyond requests: requested = granted - slack */
    struct zone_stat stat;   /* what of it is not above */
    struct page_map map;     /* of all grants */
    struct page_map scratch; /* for audits */
    bool raw_intr;           /* were interrupts on before raw mode? */
    bool self_checked;
    size_t nranges; /* [first, end) indices into pages[] given to the policy */
    size_t first[ZONE_RANGES], end[ZONE_RANGES];
    struct window open[ZONE_RANGES]; /* of each range its widest */
};

extern struct zone zone;

/* Below pages[] it is huge: one comparison with the map's length finds every stranger. */
static inline size_t
index_of(const struct Page *page) {
    return (size_t)(page - pages);
}

static inline size_t
granted_for(size_t n) {
    return pmm_manager->grant == NULL ? n : pmm_manager->grant(n);
}

static inline bool
is_lazy(void) {
    return (pmm_manager->caps & PMM_LAZY) != 0;
}

static inline void
count_granted(size_t n) {
    zone.grants++;
    if (zone.below_peak < n) {
        zone.peak += n - zone.below_peak;
        zone.below_peak = n;
    }
    zone.below_peak -= n;
}

/*
 * Enter a grant that the policy has just made for a request of n pages, and make its
 * descriptors the owner's. A policy that broke its promise ends here. O(pages granted).
 */
void book_grant(struct Page *page, size_t n, const void *caller);

/* Panic unless [base, base + n) may be freed now. All checks come before any effect. O(n). */
void guard_free(const struct Page *base, size_t n, const void *caller);

/*
 * Take [base, base + n) out of the map, with the pages granted beyond it; what was
 * asked for behind it becomes a grant of its own.
 */
void unbook(const struct Page *base, size_t n);

/*
 * book_grant of one page, for most of them, and in a few instructions: of what is in
 * the window, the state and the descriptor can be looked at, and one page is what
 * is granted for one. False: book_grant must look.
 */
static inline bool
book_one(const struct Page *page) {
    size_t offset = (uintptr_t)page - (uintptr_t)zone.window.base;
    if (offset >= zone.window.bytes) {
        return false;
    }
    uint8_t *state = &zone.window.states[offset / sizeof(*page)];
    if (*state != PAGE_IDLE || page->ref != 0) {
        return false;
    }
    *state = PAGE_START;
    count_granted(1);
    return true;
}

/* book_one's opposite: of a page that is a grant by itself. False: guard_free must look. */
static inline bool
unbook_one(const struct Page *page) {
    size_t offset = (uintptr_t)page - (uintptr_t)zone.window.base;
    if (offset >= zone.window.bytes) {
        return false;
    }
    uint8_t *state = &zone.window.states[offset / sizeof(*page)];
    if (state[0] != PAGE_START || state[1] > PAGE_START || page->ref != 0) {
        return false;
    }
    *state = PAGE_IDLE;
    zone.frees++;
    zone.below_peak++;
    return true;
}

#endif
