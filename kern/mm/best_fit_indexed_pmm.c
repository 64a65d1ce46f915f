/*
 * best_fit_indexed_pmm.c - best-fit that does not search: best_fit_pmm.c's answers in O(log npage).
 *
 * Summaries (block_index.h) are sets of lengths: bit n is set if there is a block of n
 * pages below. So the shortest length that will do is the lowest bit from n on, and
 * the way down to the lowest address leads through the sets that have it. That tells
 * lengths of 1 to 63 apart; longer blocks are all bit 0, and in a search tree of their
 * own (long_blocks.h), which few blocks can be in: one in 64 frames.
 * Source: an indexed fit in the sense of Wilson, Johnstone, Neely and Boles, "Dynamic
 * storage allocation: a survey and critical review", IWMM 1995.
 */
#include "basic_check.h"
#include "block_index.h"
#include "long_blocks.h"
#include "pmm.h"

static struct block_index blocks;
static struct long_blocks long_blocks;

static inline uint64_t
summary_of(int tag) {
    return tag <= 0 ? 0 : (uint64_t)1 << (tag < LONG ? tag : 0);
}

static inline uint64_t
summary_join(uint64_t a, uint64_t b) {
    return a | b;
}

static inline bool
summary_has(uint64_t lengths, uint64_t length) {
    return (lengths & length) != 0;
}

static void
best_fit_init(void) {
    index_init(&blocks);
    long_blocks.root = NO_NODE;
}

/* Take the block [i, i + n) out of the tree of long blocks, or put it in, if it is one. */
static void
unlist_long(size_t i, size_t n) {
    if (n >= LONG) {
        long_remove(&long_blocks, i, n);
    }
}

static void
list_long(size_t i, size_t n) {
    if (n >= LONG) {
        long_add(&long_blocks, i, n);
    }
}

static void
best_fit_free_pages(struct Page *base, size_t n) {
    size_t i = (size_t)(base - pages);
    size_t below = index_length_below(&blocks, i);
    size_t above = index_length(&blocks, i + n);
    unlist_long(i - below, below);
    unlist_long(i + n, above);
    index_put(&blocks, i, n);
    list_long(i - below, below + n + above);
}

static size_t
best_fit_metadata(size_t frames) {
    return index_bytes(frames) + frames / LONG * sizeof(struct long_block);
}

static void
best_fit_init_memmap(struct Page *base, size_t n) {
    index_prepare(&blocks, (size_t)(base - pages), n);
    long_blocks.node = (struct long_block *)((uintptr_t)pmm_metadata + index_bytes(npage - nbase));
    best_fit_free_pages(base, n);
}

/* The first frame of the shortest block of at least n pages, the lowest of equals; or NO_BLOCK. */
static size_t
best_fit_find(size_t n) {
    uint64_t lengths = n < LONG ? index_summary(&blocks) >> n << n : 0;
    return lengths == 0 ? long_find(&long_blocks, n) : index_find(&blocks, lengths & -lengths);
}

static struct Page *
best_fit_alloc_pages(size_t n) {
    if (n == 0 || n > blocks.nr_free) {
        return NULL;
    }
    size_t i = best_fit_find(n);
    if (i == NO_BLOCK) {
        return NULL;
    }
    size_t length = index_length(&blocks, i);
    unlist_long(i, length);
    index_take(&blocks, i, n);
    list_long(i + n, length - n);
    return &pages[i];
}

static size_t
best_fit_nr_free_pages(void) {
    return blocks.nr_free;
}

static void
best_fit_for_each_free(pmm_visit_t visit, void *arg) {
    index_visit(&blocks, visit, arg);
}

static void
__dump_list(void) {
    index_dump(&blocks);
}

static void
best_fit_check(void) {
    basic_check_run(
        &(struct basic_check){&best_fit_indexed_pmm_manager, &blocks.nr_free, .show = false});
}

static void
best_fit_basic_check(void) {
    basic_check_run(
        &(struct basic_check){&best_fit_indexed_pmm_manager, &blocks.nr_free, .show = true});
}

const struct pmm_manager best_fit_indexed_pmm_manager = {
    .name = "best_fit_indexed",
    .init = best_fit_init,
    .init_memmap = best_fit_init_memmap,
    .alloc_pages = best_fit_alloc_pages,
    .free_pages = best_fit_free_pages,
    .nr_free_pages = best_fit_nr_free_pages,
    .check = best_fit_check,
    .basic_check = best_fit_basic_check,
    .dump_list = __dump_list,
    .grant = index_grant,
    .for_each_free = best_fit_for_each_free,
    .caps = PMM_SUBRANGE | PMM_LAZY,
    .metadata = best_fit_metadata,
};
