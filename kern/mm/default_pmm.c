/*
 * default_pmm.c - first-fit: take the lowest block that is large enough.
 *
 * Large blocks survive at high addresses; slivers gather at low ones, and every
 * search begins among them. alloc and free are O(free blocks).
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5.
 */
#include "basic_check.h"
#include "block_list.h"
#include "pmm.h"

static free_area_t area;

static void
first_fit_init(void) {
    blocks_init(&area);
}

static void
first_fit_init_memmap(struct Page *base, size_t n) {
    blocks_add_memory(&area, base, n);
}

static struct Page *
first_fit_alloc_pages(size_t n) {
    if (n == 0 || n > area.nr_free) {
        return NULL;
    }
    list_for_each (le, &area.free_list) {
        if (block_of(le)->property >= n) {
            return blocks_take(&area, block_of(le), n);
        }
    }
    return NULL;
}

static void
first_fit_free_pages(struct Page *base, size_t n) {
    blocks_put(&area, base, n);
}

static size_t
first_fit_nr_free_pages(void) {
    return area.nr_free;
}

static void
first_fit_for_each_free(pmm_visit_t visit, void *arg) {
    blocks_visit(&area, visit, arg);
}

static void
__dump_list(void) {
    blocks_dump(&area);
}

static void
first_fit_check(void) {
    basic_check_run(&(struct basic_check){&default_pmm_manager, &area.nr_free, .show = false});
}

static void
first_fit_basic_check(void) {
    basic_check_run(&(struct basic_check){&default_pmm_manager, &area.nr_free, .show = true});
}

const struct pmm_manager default_pmm_manager = {
    .name = "first_fit",
    .init = first_fit_init,
    .init_memmap = first_fit_init_memmap,
    .alloc_pages = first_fit_alloc_pages,
    .free_pages = first_fit_free_pages,
    .nr_free_pages = first_fit_nr_free_pages,
    .check = first_fit_check,
    .basic_check = first_fit_basic_check,
    .dump_list = __dump_list,
    .grant = blocks_grant,
    .for_each_free = first_fit_for_each_free,
    .caps = PMM_SUBRANGE,
};
