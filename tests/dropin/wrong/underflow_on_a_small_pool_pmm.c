/*
 * underflow_on_a_small_pool_pmm.c - first fit; four pages are kept for
 * metadata even if there are fewer.
 */
#define OWN_INIT_MEMMAP
#include "first_fit.h"

#define METADATA_PAGES 4

static void
init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    n -= METADATA_PAGES; /* wrong: below 4 pages this is about 2^64 */
    mark(base + METADATA_PAGES, n);
    free_area.nr_free += n;
    insert(base + METADATA_PAGES);
}
