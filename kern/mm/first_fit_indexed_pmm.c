/*
 * first_fit_indexed_pmm.c - first-fit that does not search: default_pmm.c's answers in O(log
 * npage).
 *
 * Summaries (block_index.h) are lengths: that of the longest block below. From the top
 * the way leads to the lowest child with a block that is long enough, as in a tournament
 * that the lower of two wins unless it is too short.
 * Source: Johnson, "Fast algorithms for bin packing", Journal of Computer and System
 * Sciences 8, 1974.
 */
#include "basic_check.h"
#include "block_index.h"
#include "pmm.h"

static struct block_index blocks;

static inline uint64_t
summary_of(int tag) {
    return tag > 0 ? (uint64_t)tag : 0;
}

static inline uint64_t
summary_join(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static inline bool
summary_has(uint64_t longest, uint64_t n) {
    return longest >= n;
}

static void
first_fit_init(void) {
    index_init(&blocks);
}

static void
first_fit_free_pages(struct Page *base, size_t n) {
    index_put(&blocks, (size_t)(base - pages), n);
}

static void
first_fit_init_memmap(struct Page *base, size_t n) {
    index_prepare(&blocks, (size_t)(base - pages), n);
    first_fit_free_pages(base, n);
}

static struct Page *
first_fit_alloc_pages(size_t n) {
    if (n == 0 || n > blocks.nr_free || !summary_has(index_summary(&blocks), n)) {
        return NULL;
    }
    size_t i = index_find(&blocks, n);
    index_take(&blocks, i, n);
    return &pages[i];
}

static size_t
first_fit_nr_free_pages(void) {
    return blocks.nr_free;
}

static void
first_fit_for_each_free(pmm_visit_t visit, void *arg) {
    index_visit(&blocks, visit, arg);
}

static void
__dump_list(void) {
    index_dump(&blocks);
}

static void
first_fit_check(void) {
    basic_check_run(
        &(struct basic_check){&first_fit_indexed_pmm_manager, &blocks.nr_free, .show = false});
}

static void
first_fit_basic_check(void) {
    basic_check_run(
        &(struct basic_check){&first_fit_indexed_pmm_manager, &blocks.nr_free, .show = true});
}

const struct pmm_manager first_fit_indexed_pmm_manager = {
    .name = "first_fit_indexed",
    .init = first_fit_init,
    .init_memmap = first_fit_init_memmap,
    .alloc_pages = first_fit_alloc_pages,
    .free_pages = first_fit_free_pages,
    .nr_free_pages = first_fit_nr_free_pages,
    .check = first_fit_check,
    .basic_check = first_fit_basic_check,
    .dump_list = __dump_list,
    .grant = index_grant,
    .for_each_free = first_fit_for_each_free,
    .caps = PMM_SUBRANGE | PMM_LAZY,
    .metadata = index_bytes,
};
