/*
 * size_written_at_the_leaf_pmm.c - tree; a grant is written at its first leaf,
 * not at its node.
 */
#define OWN_ALLOC
#include "tree_buddy.h"

static struct Page *
alloc(size_t n) {
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    size_t want = round_up(n), i = find(want);
    if (i == 0) {
        return NULL;
    }
    size_t leaf = i * want;
    tree[leaf] = 0; /* wrong: the other pages of the block still count as free */
    settle(leaf, 1);
    nr_free -= want;
    return pages + (leaf - leaves);
}
