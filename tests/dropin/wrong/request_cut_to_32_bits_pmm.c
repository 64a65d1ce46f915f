/*
 * request_cut_to_32_bits_pmm.c - first fit; a request for 2^32 + 1 pages is
 * taken for one page.
 */
#define OWN_ALLOC
#include "first_fit.h"

static struct Page *
alloc(size_t n) {
    unsigned int want = n; /* wrong: the upper half of n is lost */
    list_entry_t *le = &free_area.free_list;
    while (want > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= want) {
            return take(p, want);
        }
    }
    return NULL;
}
