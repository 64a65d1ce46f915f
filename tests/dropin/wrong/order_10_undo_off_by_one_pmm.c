/*
 * order_10_undo_off_by_one_pmm.c - buddy; undoing a grant of the top order
 * stops one order short.
 */
#define OWN_RELEASE
#include "list_buddy.h"

static void
release(struct Page *base, size_t n) {
    unsigned order = 0;
    while (order < MAX_ORDER - 2 && ((size_t)1 << order) < n) {
        order++; /* wrong: ends at 9, so a grant of 2^10 pages comes back as 2^9 */
    }
    for (struct Page *p = base; p < base + ((size_t)1 << order); p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    buddy.nr_free += (size_t)1 << order;
    join_and_push(base, order);
}
