/*
 * metadata_over_descriptors_pmm.c - tree; laid over the descriptors of the
 * pages it manages.
 */
#define OWN_INIT_MEMMAP
#include "tree_buddy.h"

static void
init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    if (leaves == 0) {
        leaves = round_up(npage - nbase);
        tree = (unsigned *)base; /* wrong: each struct Page belongs to a page that can be granted */
        memset(tree, 0, 2 * leaves * sizeof(tree[0]));
    }
    for (size_t i = base - pages; i < base - pages + n; i++) {
        tree[leaves + i] = 1;
        settle(leaves + i, 1);
    }
    nr_free += n;
}
