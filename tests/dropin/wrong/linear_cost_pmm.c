/*
 * linear_cost_pmm.c - buddy; a limitation: every request looks at every
 * descriptor.
 */
#define OWN_TAKE
#include "list_buddy.h"

static struct Page *
take(unsigned order) {
    struct Page *p = NULL;
    for (struct Page *q = pages; q < pages + (npage - nbase); q++) {
        /* wrong: the heads of the lists say the same at once */
        if (PageProperty(q) && q->property >= order && (p == NULL || q->property < p->property)) {
            p = q;
        }
    }
    if (p == NULL) {
        return NULL;
    }
    pull(p);
    for (unsigned k = p->property; k > order;) {
        k--;
        push(p + ((size_t)1 << k), k);
    }
    p->property = order;
    return p;
}
