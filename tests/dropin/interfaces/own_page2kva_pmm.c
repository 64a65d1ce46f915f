/* own_page2kva_pmm.c - brings a page2kva of its own. */
#include "old_first_fit.h"

static void *
page2kva(struct Page *page) {
    return KADDR(page2pa(page));
}

static void
check(void) {
    struct Page *p = alloc_page();
    *(size_t *)page2kva(p) = 17;
    assert(*(size_t *)page2kva(p) == 17);
    free_page(p);
}

const struct pmm_manager kva_pmm_manager = {
    .name = "own_page2kva",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
