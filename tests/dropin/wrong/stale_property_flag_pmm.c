/*
 * stale_property_flag_pmm.c - buddy; the upper head keeps PG_property when two
 * blocks join.
 */
#define OWN_JOIN_AND_PUSH
#include "list_buddy.h"

static void
join_and_push(struct Page *p, unsigned order) {
    while (order < MAX_ORDER - 1) {
        struct Page *other = buddy_of(p, order);
        if (other == NULL) {
            break;
        }
        list_del(&other->page_link);
        SetPageProperty(p);
        p = other < p ? other : p;
        order++; /* wrong: both heads are marked now; a later free of the block asserts on it */
    }
    push(p, order);
}
