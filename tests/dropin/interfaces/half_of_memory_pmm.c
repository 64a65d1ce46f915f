/* half_of_memory_pmm.c - its check wants 16,384 pages in a row, of 128 MiB. */
#include "old_first_fit.h"

static void
check(void) {
    if (nr_free_pages() < 20000) {
        return;
    }
    struct Page *p = alloc_pages(16384);
    assert(p != NULL);
    free_pages(p, 16384);
    cprintf("half_of_memory: 16384 pages in a row\n");
}

const struct pmm_manager half_pmm_manager = {
    .name = "half_of_memory",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
