/*
 * buddy_not_bounds_checked_pmm.c - buddy; the buddy of the last block is
 * looked up beyond pages[].
 */
#define OWN_BUDDY_OF
#include "list_buddy.h"

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t number = page2ppn(p) ^ ((size_t)1 << order);
    struct Page *other = &pages[number - nbase]; /* wrong: there may be no such page */
    return PageProperty(other) && other->property == order ? other : NULL;
}
