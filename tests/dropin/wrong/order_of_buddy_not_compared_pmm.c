/*
 * order_of_buddy_not_compared_pmm.c - buddy; a buddy that is free in part is
 * joined as if it were whole.
 */
#define OWN_BUDDY_OF
#include "list_buddy.h"

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t number = page2ppn(p) ^ ((size_t)1 << order);
    if (number < nbase || number >= npage) {
        return NULL;
    }
    struct Page *other = &pages[number - nbase];
    return PageProperty(other) ? other : NULL; /* wrong: other->property may be less than order */
}
