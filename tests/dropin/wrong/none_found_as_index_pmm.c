/*
 * none_found_as_index_pmm.c - tree; -1, which says that there is no block, is
 * used as a node.
 */
#define OWN_FIND
#include "tree_buddy.h"

static size_t
find(size_t want) {
    int found = -1;
    for (size_t i = leaves / want; want <= leaves && i < 2 * leaves / want; i++) {
        if (tree[i] == want) {
            found = i;
            break;
        }
    }
    return found; /* wrong: no block is 0 to alloc, not -1 */
}
