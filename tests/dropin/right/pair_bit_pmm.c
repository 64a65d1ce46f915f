/*
 * pair_bit_pmm.c - a buddy system that has one bit for each pair of buddies.
 *
 * The bit tells whether exactly one of the two is free as a block of this order;
 * every grant and every free turns it, so a block joins its buddy when the bit
 * falls to 0. Blocks are aligned to the start of their range. O(log n).
 */
#include "atomic.h"
#include "buddy_ranges.h"
#include "list.h"
#include "pmm.h"
#include "stdio.h"
#include "string.h"

enum { NONE, XOR_IS_ON_THE_PAGE_NUMBER, SPLIT_FORGETS_THE_BIT };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

static free_area_t free_area[MAX_ORDER];
static uint64_t pair_bits[MAX_ORDER - 1][MAX_PAGES / 64];
static struct buddy_range ranges[MAX_RANGES];
static int nr_ranges;
static size_t nr_free;

static void
pair_init(void) {
    for (int k = 0; k < MAX_ORDER; k++) {
        list_init(&free_area[k].free_list);
    }
    memset(pair_bits, 0, sizeof(pair_bits));
    nr_ranges = 0;
    nr_free = 0;
}

static void
push(struct buddy_range *range, size_t at, int order) {
    struct Page *page = range->base + at;
    page->property = 1u << order;
    SetPageProperty(page);
    list_add(&free_area[order].free_list, &page->page_link);
}

static void
pull(struct Page *page) {
    list_del(&page->page_link);
    ClearPageProperty(page);
    page->property = 0;
}

/*
 * Turn the bit of the pair; what it is now. A range has no more pairs than pages,
 * so its bits are counted from the index of its first page.
 */
static int
turn_pair(struct buddy_range *range, size_t at, int order) {
    if (order == MAX_ORDER - 1) {
        return 1; /* the top order has no pairs */
    }
    int bit = (int)((range->base - pages) + (at >> (order + 1)));
    change_bit(bit, pair_bits[order]);
    return test_bit(bit, pair_bits[order]);
}

static void
free_block(struct buddy_range *range, size_t at, int order) {
    while (turn_pair(range, at, order) == 0) {
        size_t number = MISTAKE == XOR_IS_ON_THE_PAGE_NUMBER ? page2ppn(range->base) : 0;
        size_t buddy = ((number + at) ^ ((size_t)1 << order)) - number;
        pull(range->base + buddy);
        at = at < buddy ? at : buddy;
        order++;
    }
    push(range, at, order);
}

static void
pair_init_memmap(struct Page *base, size_t n) {
    size_t index = base - pages, at = 0;
    if (nr_ranges == MAX_RANGES || index >= MAX_PAGES) {
        return;
    }
    n = n > MAX_PAGES - index ? MAX_PAGES - index : n;
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    struct buddy_range *range = &ranges[nr_ranges++];
    range->base = base;
    range->npages = n;
    for (int k = MAX_ORDER - 1; k >= 0; k--) {
        for (; n - at >= (size_t)1 << k; at += (size_t)1 << k) {
            free_block(range, at, k);
        }
    }
    nr_free += n;
}

static struct buddy_range *
range_of(struct Page *page) {
    for (int i = 0; i < nr_ranges; i++) {
        if (page >= ranges[i].base && page < ranges[i].base + ranges[i].npages) {
            return &ranges[i];
        }
    }
    panic("page %d was never given", page - pages);
}

static struct Page *
pair_alloc_pages(size_t n) {
    int want = order_of(n), k = want;
    if (n == 0 || want < 0) {
        return NULL;
    }
    while (k < MAX_ORDER && list_empty(&free_area[k].free_list)) {
        k++;
    }
    if (k == MAX_ORDER) {
        return NULL;
    }
    struct Page *page = le2page(list_next(&free_area[k].free_list), page_link);
    struct buddy_range *range = range_of(page);
    size_t at = page - range->base;
    pull(page);
    turn_pair(range, at, k);
    while (k > want) {
        k--;
        push(range, at + ((size_t)1 << k), k);
        if (MISTAKE != SPLIT_FORGETS_THE_BIT) {
            turn_pair(range, at, k);
        }
    }
    nr_free -= (size_t)1 << want;
    set_page_ref(page, 0);
    return page;
}

static void
pair_free_pages(struct Page *base, size_t n) {
    struct buddy_range *range = range_of(base);
    int order = order_of(n);
    assert(n > 0 && !PageReserved(base) && !PageProperty(base));
    base->flags = 0;
    nr_free += (size_t)1 << order;
    free_block(range, base - range->base, order);
}

static size_t
pair_nr_free_pages(void) {
    return nr_free;
}

static void
pair_check(void) {
    size_t before = nr_free_pages(), listed = 0;
    struct Page *a = alloc_pages(27), *b = alloc_pages(66), *c = alloc_page();
    assert(a != NULL && b != NULL && c != NULL);
    assert(nr_free_pages() == before - 32 - 128 - 1);
    assert((a - range_of(a)->base) % 32 == 0 && (b - range_of(b)->base) % 128 == 0);
    free_page(c);
    free_pages(a, 27);
    free_pages(b, 66);
    for (int k = 0; k < MAX_ORDER; k++) {
        list_entry_t *le = &free_area[k].free_list;
        while ((le = list_next(le)) != &free_area[k].free_list) {
            assert(le2page(le, page_link)->property == 1 << k);
            listed += 1 << k;
        }
    }
    assert(listed == before && nr_free_pages() == before);
    cprintf("pair check: %d pages, %d ranges, top order %d\n", before, nr_ranges, MAX_ORDER - 1);
}

const struct pmm_manager buddy_pmm_manager = {
    .name = "pair_bit",
    .init = pair_init,
    .init_memmap = pair_init_memmap,
    .alloc_pages = pair_alloc_pages,
    .free_pages = pair_free_pages,
    .nr_free_pages = pair_nr_free_pages,
    .check = pair_check,
};
