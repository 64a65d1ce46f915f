/*
 * whole_block_counted_pmm.c - first fit; a grant takes all of its block off the
 * count.
 */
#define OWN_ALLOC
#include "first_fit.h"

static struct Page *
alloc(size_t n) {
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            free_area.nr_free -= p->property - n; /* wrong: the rest of the block stays free */
            return take(p, n);
        }
    }
    return NULL;
}
