/*
 * power_pmm.c - a buddy system over the largest power of two of each range.
 *
 * Orders count from the start of the range. `property` holds the order of a block,
 * free or granted, so that free needs no length; a flag of its own marks those
 * that are granted. What is beyond the power of two is not used. O(log n).
 */
#include <list.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, COUNTS_WHAT_IT_DOES_NOT_USE, DOES_NOT_ROUND_UP };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define MAX_ORDER  20
#define MAX_RANGES 16
#define PG_busy    2

static list_entry_t free_lists[MAX_ORDER];
static size_t free_pages_left;
static int ranges, busy_blocks;
static struct {
    struct Page *base;
    unsigned int order;
} range[MAX_RANGES];

static void
power_init(void) {
    for (int k = 0; k < MAX_ORDER; k++) {
        list_init(free_lists + k);
    }
    free_pages_left = 0;
    ranges = busy_blocks = 0;
}

static void
put_block(struct Page *head, unsigned int order) {
    head->property = order;
    SetPageProperty(head);
    list_add(&free_lists[order], &(head->page_link));
}

static void
power_init_memmap(struct Page *base, size_t n) {
    unsigned int order = 0;
    size_t i;
    if (ranges == MAX_RANGES) {
        return;
    }
    while (order + 1 < MAX_ORDER && (size_t)2 << order <= n) {
        order++;
    }
    for (i = 0; i < (size_t)1 << order; i++) {
        assert(PageReserved(base + i));
        base[i].flags = base[i].property = 0;
        set_page_ref(base + i, 0);
    }
    range[ranges].base = base;
    range[ranges].order = order;
    ranges++;
    put_block(base, order);
    free_pages_left += MISTAKE == COUNTS_WHAT_IT_DOES_NOT_USE ? n : (size_t)1 << order;
}

static unsigned int
order_for(size_t n) {
    unsigned int order = 0;
    while (order < MAX_ORDER && (size_t)1 << order < n) {
        order++;
    }
    if (MISTAKE == DOES_NOT_ROUND_UP && (size_t)1 << order > n) {
        order--;
    }
    return order;
}

static struct Page *
power_alloc_pages(size_t n) {
    unsigned int want = order_for(n), k = want;
    if (n == 0) {
        return NULL;
    }
    while (k < MAX_ORDER && list_empty(&free_lists[k])) {
        k++;
    }
    if (k >= MAX_ORDER) {
        return NULL;
    }
    struct Page *head = le2page(list_next(&free_lists[k]), page_link);
    list_del(&(head->page_link));
    ClearPageProperty(head);
    while (k-- > want) {
        put_block(head + ((size_t)1 << k), k);
    }
    head->property = want;
    head->flags |= 1 << PG_busy;
    busy_blocks++;
    free_pages_left -= (size_t)1 << want;
    return head;
}

static int
range_of(struct Page *page) {
    for (int i = 0; i < ranges; i++) {
        if (page >= range[i].base && page < range[i].base + ((size_t)1 << range[i].order)) {
            return i;
        }
    }
    panic("page %d is in no range", page - pages);
}

static void
power_free_pages(struct Page *base, size_t n) {
    int r = range_of(base);
    unsigned int order = base->property;
    size_t at = base - range[r].base;
    assert((base->flags >> PG_busy & 1) != 0 && n <= (size_t)1 << order);
    base->flags = 0;
    busy_blocks--;
    free_pages_left += (size_t)1 << order;
    while (order < range[r].order) {
        struct Page *buddy = range[r].base + (at ^ ((size_t)1 << order));
        if (!PageProperty(buddy) || buddy->property != order) {
            break;
        }
        list_del(&(buddy->page_link));
        ClearPageProperty(buddy);
        at &= ~((size_t)1 << order);
        order++;
    }
    put_block(range[r].base + at, order);
}

static size_t
power_nr_free_pages(void) {
    return free_pages_left;
}

static void
power_check(void) {
    size_t before = nr_free_pages();
    struct Page *p[10];
    int i;
    for (i = 0; i < 10; i++) {
        p[i] = alloc_pages(1 << i);
        assert(p[i] != NULL && (p[i] - range[range_of(p[i])].base) % (1 << i) == 0);
    }
    assert(nr_free_pages() == before - 1023);
    assert(busy_blocks == 10);
    for (i = 0; i < 10; i++) {
        free_pages(p[i], 1 << i);
    }
    assert(busy_blocks == 0 && nr_free_pages() == before);
    assert((p[0] = alloc_pages((size_t)1 << range[0].order)) == range[0].base);
    free_pages(p[0], (size_t)1 << range[0].order);
    cprintf("power check: %d pages in %d ranges\n", before, ranges);
}

const struct pmm_manager buddy_system_pmm_manager = {
    .name = "power",
    .init = power_init,
    .init_memmap = power_init_memmap,
    .alloc_pages = power_alloc_pages,
    .free_pages = power_free_pages,
    .nr_free_pages = power_nr_free_pages,
    .check = power_check,
};
