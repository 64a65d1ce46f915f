/*
 * worst_fit_pmm.c - worst-fit: take the largest block.
 *
 * What is left of a block stays useful for longer, at the price that no large
 * block survives; ties go to the lower address. alloc and free are O(free blocks).
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5.
 */
#include "basic_check.h"
#include "block_list.h"
#include "pmm.h"

static free_area_t area;

static void
worst_fit_init(void) {
    blocks_init(&area);
}

static void
worst_fit_init_memmap(struct Page *base, size_t n) {
    blocks_add_memory(&area, base, n);
}

static struct Page *
worst_fit_alloc_pages(size_t n) {
    if (n == 0 || n > area.nr_free) {
        return NULL;
    }
    struct Page *worst = block_of(list_next(&area.free_list));
    list_for_each (le, &area.free_list) {
        if (block_of(le)->property > worst->property) {
            worst = block_of(le);
        }
    }
    return worst->property < n ? NULL : blocks_take(&area, worst, n);
}

static void
worst_fit_free_pages(struct Page *base, size_t n) {
    blocks_put(&area, base, n);
}

static size_t
worst_fit_nr_free_pages(void) {
    return area.nr_free;
}

static void
worst_fit_for_each_free(pmm_visit_t visit, void *arg) {
    blocks_visit(&area, visit, arg);
}

static void
__dump_list(void) {
    blocks_dump(&area);
}

static void
worst_fit_check(void) {
    basic_check_run(&(struct basic_check){&worst_fit_pmm_manager, &area.nr_free, .show = false});
}

static void
worst_fit_basic_check(void) {
    basic_check_run(&(struct basic_check){&worst_fit_pmm_manager, &area.nr_free, .show = true});
}

const struct pmm_manager worst_fit_pmm_manager = {
    .name = "worst_fit",
    .init = worst_fit_init,
    .init_memmap = worst_fit_init_memmap,
    .alloc_pages = worst_fit_alloc_pages,
    .free_pages = worst_fit_free_pages,
    .nr_free_pages = worst_fit_nr_free_pages,
    .check = worst_fit_check,
    .basic_check = worst_fit_basic_check,
    .dump_list = __dump_list,
    .grant = blocks_grant,
    .for_each_free = worst_fit_for_each_free,
    .caps = PMM_SUBRANGE,
};
