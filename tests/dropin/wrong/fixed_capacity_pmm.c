/*
 * fixed_capacity_pmm.c - tree; there is room for 64 pages, and what lies
 * above is only counted.
 */
#define OWN_INIT_MEMMAP
#include "tree_buddy.h"

#define CAPACITY 64

static void
init_memmap(struct Page *base, size_t n) {
    if (leaves == 0) {
        build(base, n);
    }
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        set_page_ref(p, 0);
        if (p - base < CAPACITY) { /* wrong: the rest is never found, but stands in nr_free */
            tree[leaves + (p - pages)] = 1;
            settle(leaves + (p - pages), 1);
        }
    }
    nr_free += n;
}
