/* atomic_flags_pmm.c - marks by macros of its own over atomic.h. */
#include <atomic.h>

#define MARK(p)   set_bit(PG_property, &((p)->flags))
#define UNMARK(p) clear_bit(PG_property, &((p)->flags))
#include "old_first_fit.h"

static void
check(void) {
    struct Page *p = alloc_page();
    assert(p != NULL && !test_bit(PG_property, &p->flags) && !test_bit(PG_reserved, &p->flags));
    assert(page_ref(p) == 0 && page_ref_inc(p) == 1 && page_ref_dec(p) == 0);
    free_page(p);
}

const struct pmm_manager atomic_pmm_manager = {
    .name = "atomic_flags",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
