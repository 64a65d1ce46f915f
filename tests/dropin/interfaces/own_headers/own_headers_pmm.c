/* own_headers_pmm.c - a header of its own beside it, and a stale one with the name of ours. */
#include "own_headers_pmm.h"
#include "pmm.h"
#include "../old_first_fit.h"

static void
check(void) {
    assert(alloc_pages(OWN_LIMIT) == NULL);
}

const struct pmm_manager own_headers_manager = {
    .name = "own_headers",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
