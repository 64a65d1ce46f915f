/*
 * order_off_by_one_pmm.c - buddy; the search for a block stops short of the
 * top order.
 */
#define OWN_TAKE
#include "list_buddy.h"

static struct Page *
take(unsigned order) {
    unsigned k = order;
    while (k < MAX_ORDER - 1 && list_empty(&buddy.list[k])) {
        k++;
    }
    if (k >= MAX_ORDER - 1) {
        return NULL; /* wrong: the blocks of order MAX_ORDER - 1 cannot be had */
    }
    struct Page *p = le2page(list_next(&buddy.list[k]), page_link);
    pull(p);
    while (k > order) {
        k--;
        push(p + ((size_t)1 << k), k);
    }
    p->property = order;
    return p;
}
