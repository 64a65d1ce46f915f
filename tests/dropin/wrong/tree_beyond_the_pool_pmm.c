/*
 * tree_beyond_the_pool_pmm.c - tree; the leaves that round memory up to a
 * power of two are free, too.
 */
#define OWN_INIT_MEMMAP
#include "tree_buddy.h"

static void
init_memmap(struct Page *base, size_t n) {
    if (leaves == 0) {
        build(base, n);
    }
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    nr_free += n;
    n = round_up(n); /* wrong: there are no pages behind the last ones */
    for (size_t i = base - pages; i < base - pages + n && i < leaves; i++) {
        tree[leaves + i] = 1;
        settle(leaves + i, 1);
    }
}
