/*
 * metadata_inside_the_pool_pmm.c - tree; it lies in the first pages of the
 * pool, which are granted as well.
 */
#define OWN_BUILD
#define OWN_ALLOC
#include "tree_buddy.h"

static void
build(struct Page *base, size_t n) {
    leaves = round_up(npage - nbase);
    tree = page2kva(base); /* wrong: these pages stay among the free ones */
    memset(tree, 0, 2 * leaves * sizeof(tree[0]));
}

/* What is granted is cleared, as the owner of a page may do it, too. */
static struct Page *
alloc(size_t n) {
    size_t want = round_up(n < leaves ? n : leaves + 1), i = find(want);
    if (n == 0 || i == 0) {
        return NULL;
    }
    tree[i] = 0;
    settle(i, want);
    nr_free -= want;
    struct Page *p = pages + (i * want - leaves);
    memset(page2kva(p), 0, n * PGSIZE);
    return p;
}
