/*
 * best_fit_pmm.c - best-fit: take the smallest block that is large enough.
 *
 * Keeps large blocks whole at the price of many slivers; ties go to the lower
 * address. alloc and free are O(free blocks).
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5.
 */
#include "basic_check.h"
#include "block_list.h"
#include "pmm.h"

static free_area_t area;

static void
best_fit_init(void) {
    blocks_init(&area);
}

static void
best_fit_init_memmap(struct Page *base, size_t n) {
    blocks_add_memory(&area, base, n);
}

static struct Page *
best_fit_alloc_pages(size_t n) {
    if (n == 0 || n > area.nr_free) {
        return NULL;
    }
    /* SLOT best_fit.alloc: take the smallest block that holds n pages; of equal ones the lowest. */
    struct Page *best = NULL;
    list_for_each (le, &area.free_list) {
        struct Page *p = block_of(le);
        if (p->property >= n && (best == NULL || p->property < best->property)) {
            best = p;
        }
    }
    return best == NULL ? NULL : blocks_take(&area, best, n);
    /* SLOT best_fit.alloc ends; until it is written: (void)blocks_take; return NULL; */
}

static void
best_fit_free_pages(struct Page *base, size_t n) {
    blocks_put(&area, base, n);
}

static size_t
best_fit_nr_free_pages(void) {
    return area.nr_free;
}

static void
best_fit_for_each_free(pmm_visit_t visit, void *arg) {
    blocks_visit(&area, visit, arg);
}

static void
__dump_list(void) {
    blocks_dump(&area);
}

static void
best_fit_check(void) {
    basic_check_run(&(struct basic_check){&best_fit_pmm_manager, &area.nr_free, .show = false});
}

static void
best_fit_basic_check(void) {
    basic_check_run(&(struct basic_check){&best_fit_pmm_manager, &area.nr_free, .show = true});
}

const struct pmm_manager best_fit_pmm_manager = {
    .name = "best_fit",
    .init = best_fit_init,
    .init_memmap = best_fit_init_memmap,
    .alloc_pages = best_fit_alloc_pages,
    .free_pages = best_fit_free_pages,
    .nr_free_pages = best_fit_nr_free_pages,
    .check = best_fit_check,
    .basic_check = best_fit_basic_check,
    .dump_list = __dump_list,
    .grant = blocks_grant,
    .for_each_free = best_fit_for_each_free,
    .caps = PMM_SUBRANGE,
};
