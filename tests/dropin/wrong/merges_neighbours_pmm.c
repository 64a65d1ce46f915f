/*
 * merges_neighbours_pmm.c - buddy; any equal block above is joined, buddy or
 * not.
 */
#define OWN_BUDDY_OF
#include "list_buddy.h"

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t number = page2ppn(p) + ((size_t)1 << order); /* wrong: XOR, not plus */
    if (number >= npage) {
        return NULL;
    }
    struct Page *other = &pages[number - nbase];
    return PageProperty(other) && other->property == order ? other : NULL;
}
