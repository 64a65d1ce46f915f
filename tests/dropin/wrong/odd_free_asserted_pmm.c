/*
 * odd_free_asserted_pmm.c - buddy; a free of 3 pages is refused, though
 * alloc_pages(3) was met.
 */
#define OWN_RELEASE
#include "list_buddy.h"

static void
release(struct Page *base, size_t n) {
    assert((n & (n - 1)) == 0); /* wrong: n is what was asked for, and need not be a power of two */
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    buddy.nr_free += n;
    join_and_push(base, order_of(n));
}
