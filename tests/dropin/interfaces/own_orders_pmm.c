/* own_orders_pmm.c - MAX_ORDER, free_area and helpers that have the names of built-in ones. */
#define MAX_ORDER 14
#include "old_first_fit.h"
#undef nr_free

static free_area_t area[MAX_ORDER];
const char *buddy = "not the buddy system's";
size_t merge_block = MAX_ORDER;

struct Page *
compound_head(struct Page *page) {
    return page;
}

static void
check(void) {
    area[MAX_ORDER - 1].nr_free = 1 << (MAX_ORDER - 1);
    assert(area[MAX_ORDER - 1].nr_free == 8192 && merge_block == 14 && buddy[0] == 'n');
    struct Page *p = alloc_pages(8);
    assert(compound_head(p + 3) == p + 3);
    free_pages(p, 8);
}

const struct pmm_manager buddy_system_pmm_manager = {
    .name = "own_orders",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
