/*
 * no_rounding_up_pmm.c - buddy; 3 pages are met with a block of 2.
 */
#define OWN_ORDER_OF
#include "list_buddy.h"

static unsigned
order_of(size_t n) {
    unsigned order = 0;
    while (((size_t)2 << order) <= n) {
        order++; /* wrong: the largest power of two in n, not the smallest that holds n */
    }
    return order;
}
