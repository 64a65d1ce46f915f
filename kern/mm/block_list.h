/*
 * block_list.h - free blocks of any length in address order, for the *_fit policies.
 *
 * B1  free_list runs in ascending address order.
 * B2  no two blocks on it touch: neighbours are joined at once.
 * B3  PG_property marks the first frame of each block, `property` is its length.
 * B4  nr_free is the sum of `property` over the list.
 */
#ifndef KERN_MM_BLOCK_LIST_H
#define KERN_MM_BLOCK_LIST_H

#include "block_dump.h"
#include "pmm.h"

static void
blocks_init(free_area_t *area) {
    list_init(&area->free_list);
    area->nr_free = 0;
}

static struct Page *
block_of(list_entry_t *le) {
    return le2page(le, page_link);
}

static void
block_set_length(struct Page *head, size_t n) {
    SetPageProperty(head);
    head->property = (unsigned int)n;
}

/* Join `high` to `low` when they touch; both are on the list, `low` just before `high`. */
static void
blocks_join(struct Page *low, struct Page *high) {
    if (low + low->property == high) {
        low->property += high->property;
        ClearPageProperty(high);
        list_del(&high->page_link);
    }
}

/* Add [base, base + n), whose frames are in no block. O(blocks). */
static void
blocks_put(free_area_t *area, struct Page *base, size_t n) {
    list_entry_t *head = &area->free_list;
    list_entry_t *next = list_next(head);
    while (next != head && block_of(next) < base) {
        next = list_next(next);
    }
    list_entry_t *prev = list_prev(next);

    block_set_length(base, n);
    list_add_before(next, &base->page_link);
    area->nr_free += (unsigned int)n;
    if (next != head) {
        blocks_join(base, block_of(next));
    }
    if (prev != head) {
        blocks_join(block_of(prev), base);
    }
}

/* Take in frames that arrive reserved. O(n + blocks). */
static void
blocks_add_memory(free_area_t *area, struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        p->ref = 0;
    }
    blocks_put(area, base, n);
}

/* Cut n pages off the low end of `block`, which holds at least that many. O(1). */
static struct Page *
blocks_take(free_area_t *area, struct Page *block, size_t n) {
    assert(block->property >= n);
    if (block->property > n) {
        struct Page *rest = block + n;
        block_set_length(rest, block->property - n);
        list_add_after(&block->page_link, &rest->page_link);
    }
    list_del(&block->page_link);
    ClearPageProperty(block);
    area->nr_free -= (unsigned int)n;
    return block;
}

/* Exactly what was asked for. */
static size_t
blocks_grant(size_t n) {
    return n;
}

static void
blocks_visit(free_area_t *area, pmm_visit_t visit, void *arg) {
    list_for_each (le, &area->free_list) {
        visit(block_of(le), block_of(le)->property, arg);
    }
}

static void
blocks_dump(free_area_t *area) {
    size_t count = 0;
    blocks_visit(area, dump_block, &count);
    dump_sum(count, area->nr_free);
}

#endif
