/*
 * merges_neighbours_pmm.c - buddy; any equal free block beside it is joined,
 * buddy or not.
 */
#define OWN_BUDDY_OF
#include "list_buddy.h"

static bool
joins(struct Page *other, unsigned order) {
    return other >= pages && other < pages + (npage - nbase) && PageProperty(other) &&
           other->property == order;
}

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t size = (size_t)1 << order;
    /* wrong: only one of the two is the buddy, the page number says which */
    return joins(p + size, order) ? p + size : joins(p - size, order) ? p - size : NULL;
}
