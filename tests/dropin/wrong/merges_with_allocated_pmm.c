/*
 * merges_with_allocated_pmm.c - buddy; a buddy of the same order is joined
 * though it is allocated.
 */
#define OWN_BUDDY_OF
#include "list_buddy.h"

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t number = page2ppn(p) ^ ((size_t)1 << order);
    if (number < nbase || number >= npage || PageReserved(&pages[number - nbase])) {
        return NULL;
    }
    struct Page *other = &pages[number - nbase];
    return other->property == order ? other : NULL; /* wrong: PG_property is not looked at */
}
