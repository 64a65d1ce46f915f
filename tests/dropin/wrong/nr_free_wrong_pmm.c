/*
 * nr_free_wrong_pmm.c - buddy; a grant costs the pages asked for, its free
 * brings back the block.
 */
#define OWN_ALLOC
#include "list_buddy.h"

static struct Page *
alloc(size_t n) {
    if (n == 0 || n > buddy.nr_free) {
        return NULL;
    }
    struct Page *p = take(order_of(n));
    if (p != NULL) {
        buddy.nr_free -= n; /* wrong: 4 pages have left for 3 */
    }
    return p;
}
