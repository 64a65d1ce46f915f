/*
 * parent_from_half_free_children_pmm.c - tree; a node is as large as both its
 * children together.
 */
#define OWN_SETTLE
#include "tree_buddy.h"

static void
settle(size_t i, size_t size) {
    while (i > 1) {
        i /= 2;
        tree[i] =
            tree[2 * i] + tree[2 * i + 1]; /* wrong: 2 free of 4 and 2 of 4 are no block of 4 */
    }
}
