/*
 * bitmap_buddy_pmm.c - a buddy system that knows its free blocks by bits.
 *
 * A page is a bit, and 64 of them are a word, in memory of its own: about a quarter of a
 * byte a page is touched, where lists in descriptors touch 32. Buddies merge by both
 * being ones in a word, and a word that is all ones is a bit of the next level. A block is
 * the lowest in a word whose largest block is the smallest that will do; of such words the
 * last to become one is taken, which a list of them knows.
 * The largest block is the largest power of two that fits into memory.
 * alloc and free are O(log npage) to the base of 64, and O(1) where no unit of the next
 * level is split or made.
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5, for the
 * buddies; for what is done with words, bitmap_orders.h.
 */
#include "basic_check.h"
#include "bitmap_orders.h"
#include "pmm.h"

static struct bitmap_orders orders;

static void
bitmap_init(void) {
    orders_init(&orders);
}

static void
bitmap_init_memmap(struct Page *base, size_t n) {
    orders_add_memory(&orders, base, n);
}

static size_t
bitmap_grant(size_t n) {
    return n - 1 < orders.most ? (size_t)1 << log2_ceil(n) : 0;
}

static struct Page *
bitmap_alloc_pages(size_t n) {
    if (n - 1 >= orders.nr_free || n > orders.most) {
        return NULL;
    }
    ppn_t ppn = n == 1 ? orders_take_page(&orders) : orders_take(&orders, log2_ceil(n));
    return ppn == NO_BLOCK ? NULL : orders_page(ppn);
}

/* Free what was granted for n pages at `ppn`. False: that is no block, or is free. */
static inline bool
put_grant(ppn_t ppn, size_t n) {
    if (n == 1) {
        return orders_put_page(&orders, ppn);
    }
    unsigned k = log2_ceil(n);
    return n - 1 < orders.most && ppn >> k << k == ppn && orders_put(&orders, ppn, k);
}

static void
bitmap_free_pages(struct Page *base, size_t n) {
    ppn_t ppn = page2ppn(base);
    if (!put_grant(ppn, n)) {
        panic("P8: page %#zx does not start a grant for %zu pages", ppn, n);
    }
}

static size_t
bitmap_nr_free_pages(void) {
    return orders.nr_free;
}

static void
bitmap_for_each_free(pmm_visit_t visit, void *arg) {
    orders_visit(&orders, visit, arg);
}

static void
__dump_list(void) {
    orders_dump(&orders);
}

static void
bitmap_check(void) {
    basic_check_run(
        &(struct basic_check){&bitmap_buddy_pmm_manager, &orders.nr_free, .show = false});
}

static void
bitmap_basic_check(void) {
    basic_check_run(
        &(struct basic_check){&bitmap_buddy_pmm_manager, &orders.nr_free, .show = true});
}

const struct pmm_manager bitmap_buddy_pmm_manager = {
    .name = "bitmap_buddy",
    .init = bitmap_init,
    .init_memmap = bitmap_init_memmap,
    .alloc_pages = bitmap_alloc_pages,
    .free_pages = bitmap_free_pages,
    .nr_free_pages = bitmap_nr_free_pages,
    .check = bitmap_check,
    .basic_check = bitmap_basic_check,
    .dump_list = __dump_list,
    .grant = bitmap_grant,
    .for_each_free = bitmap_for_each_free,
    .caps = PMM_LAZY,
    .metadata = orders_bytes,
};
