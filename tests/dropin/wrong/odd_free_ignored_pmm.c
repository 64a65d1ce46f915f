/*
 * odd_free_ignored_pmm.c - buddy; a free of 3 pages does nothing.
 */
#define OWN_RELEASE
#include "list_buddy.h"

static void
release(struct Page *base, size_t n) {
    if ((n & (n - 1)) != 0) {
        return; /* wrong: the 4 pages that were granted for 3 are lost */
    }
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    buddy.nr_free += n;
    join_and_push(base, order_of(n));
}
