/* course_check_pmm.c - a check in the course's way: an empty list swapped in, parts freed. */
#include "old_first_fit.h"

static void
check(void) {
    struct Page *p0 = alloc_pages(5), *p1, *p2;
    assert(p0 != NULL && !PageProperty(p0));

    list_entry_t list_store = free_list;
    unsigned int nr_free_store = nr_free;
    list_init(&free_list);
    nr_free = 0;
    assert(list_empty(&free_list) && alloc_page() == NULL);

    free_pages(p0 + 2, 3);
    assert(PageProperty(p0 + 2) && p0[2].property == 3 && alloc_pages(4) == NULL);
    assert((p1 = alloc_pages(3)) == p0 + 2 && alloc_page() == NULL);
    p2 = p0 + 1;
    free_page(p0);
    free_pages(p1, 3);
    assert((p0 = alloc_page()) == p2 - 1);
    free_page(p0);
    assert((p0 = alloc_pages(1)) != NULL && nr_free == 3);
    free_pages(p0, 2);
    assert((p0 = alloc_pages(5)) != NULL && alloc_page() == NULL && nr_free == 0);

    nr_free = nr_free_store;
    free_list = list_store;
    list_next(&free_list)->prev = list_prev(&free_list)->next = &free_list;
    free_pages(p0, 5);
    cprintf("course_check: %d pages are free\n", nr_free_pages());
}

const struct pmm_manager default_pmm_manager = {
    .name = "default_pmm_manager",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
