/*
 * request_saturates_at_top_order_pmm.c - buddy; more than the top order holds
 * is met with a block of the top order.
 */
#define OWN_ORDER_OF
#include "list_buddy.h"

static unsigned
order_of(size_t n) {
    unsigned order = 0;
    while (order < MAX_ORDER - 1 && ((size_t)1 << order) < n) {
        order++; /* wrong: 2,000 pages end at order 10, which is 1,024 */
    }
    return order;
}
