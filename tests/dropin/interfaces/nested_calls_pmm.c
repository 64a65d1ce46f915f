/* nested_calls_pmm.c - takes a page for itself through the global alloc_page. */
#include "old_first_fit.h"

static struct Page *own; /* for notes, while anything is granted */
static size_t total;

static void
nested_init(void) {
    fit_init();
    own = NULL;
    total = 0;
}

static void
nested_init_memmap(struct Page *base, size_t n) {
    fit_init_memmap(base, n);
    total += n;
}

static struct Page *
nested_alloc_pages(size_t n) {
    struct Page *p = fit_alloc_pages(n);
    if (p != NULL && own == NULL && n > 1) {
        own = alloc_page();
    }
    return p;
}

static void
nested_free_pages(struct Page *base, size_t n) {
    fit_free_pages(base, n);
    if (own != NULL && own != base && nr_free_pages() == total - 1) {
        base = own;
        own = NULL;
        free_page(base);
    }
}

static void
check(void) {
    struct Page *p = alloc_pages(2);
    assert(p != NULL && own != NULL && nr_free_pages() == total - 3);
    free_pages(p, 2);
    assert(own == NULL && nr_free_pages() == total);
}

const struct pmm_manager nested_pmm_manager = {
    .name = "nested_calls",
    .init = nested_init,
    .init_memmap = nested_init_memmap,
    .alloc_pages = nested_alloc_pages,
    .free_pages = nested_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
