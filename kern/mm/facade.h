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

/* Frames of one range, in open chunks. Empty where one page is not what is granted for one. */
struct window {
    const struct Page *base; /* the first */
    size_t bytes;            /* of their descriptors */
    uint8_t *states;         /* theirs, in the map of grants */
};

/*
 * The quick way needs no more than the first line of the cache. Of the counts, a page that comes
 * writes one and a page that goes another; zone_stat tells the rest from them:
 *
 *   granted = peak - (top - grants), requested = granted - slack, frees = top - peak + extra
 */
struct zone {
    _Alignas(64) struct spinlock lock;         /* guards all that follows, and the policy */
    struct Page *(*alloc)(size_t n);           /* the policy's, or failpage before it */
    void (*free)(struct Page *base, size_t n); /* the policy's */
    struct window window;    /* of the range that a page was of which last came the long way */
    int64_t grants;          /* calls that were given pages */
    int64_t top;             /* where grants are when as many pages are granted as ever were */
    size_t peak;             /* the most pages; once grants pass top, it is out of date */
    size_t extra;            /* granted - (grants - frees) */
    size_t slack;            /* pages granted beyond requests */
    struct zone_stat stat;   /* what of it is not above */
    struct fail fail;        /* armed to refuse a call */
    struct page_map map;     /* of all grants */
    struct page_map scratch; /* for audits */
    struct intr raw_intr;    /* what interrupts were before raw mode */
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

/* Before pages go, or counts are told. */
static inline void
enter_peak(void) {
    if (zone.grants > zone.top) {
        zone.peak += (size_t)(zone.grants - zone.top);
        zone.top = zone.grants;
    }
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
    if ((*state | (unsigned)page->ref) != PAGE_IDLE) { /* each is 0 */
        return false;
    }
    *state = PAGE_ALONE;
    zone.grants++;
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
    if (*state != PAGE_ALONE || page->ref != 0 || zone.grants > zone.top) {
        return false;
    }
    zone.top++;
    *state = PAGE_IDLE;
    return true;
}

#endif
