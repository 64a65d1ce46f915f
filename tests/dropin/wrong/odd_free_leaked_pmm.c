/*
 * odd_free_leaked_pmm.c - buddy; a free of 3 pages brings back 2 of the 4.
 */
#define OWN_RELEASE
#include "list_buddy.h"

static void
release(struct Page *base, size_t n) {
    unsigned order = 0;
    while (((size_t)2 << order) <= n) { /* wrong: rounds down, alloc rounds up */
        order++;
    }
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    buddy.nr_free += (size_t)1 << order;
    join_and_push(base, order);
}
