/*
 * bound_from_npage_pmm.c - buddy; npage, the last page number, is taken for a
 * count of descriptors.
 */
#define OWN_BUDDY_OF
#include "list_buddy.h"

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    struct Page *other = &pages[(page2ppn(p) ^ ((size_t)1 << order)) - nbase];
    if (other < pages || other >= pages + npage) { /* wrong: pages[] ends at npage - nbase */
        return NULL;
    }
    return PageProperty(other) && other->property == order ? other : NULL;
}
