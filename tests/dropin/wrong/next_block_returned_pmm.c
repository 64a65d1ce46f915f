/*
 * next_block_returned_pmm.c - first fit; the block after the right one is
 * returned.
 */
#define OWN_ALLOC
#include "first_fit.h"

static struct Page *
alloc(size_t n) {
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            le = list_next(le);
            take(p, n);
            return le == &free_area.free_list ? p : le2page(le, page_link); /* wrong: not p */
        }
    }
    return NULL;
}
