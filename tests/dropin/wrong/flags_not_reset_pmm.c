/*
 * flags_not_reset_pmm.c - first fit; init_memmap leaves the frames reserved,
 * and free trips over it.
 */
#define OWN_INIT_MEMMAP
#include "first_fit.h"

static void
init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p)); /* wrong: flags and property stay as they are */
        set_page_ref(p, 0);
    }
    mark(base, n);
    free_area.nr_free += n;
    insert(base);
}
