/*
 * merged_head_unmarked_pmm.c - buddy; the block that two others became is not
 * marked as free.
 */
#define OWN_JOIN_AND_PUSH
#include "list_buddy.h"

static void
join_and_push(struct Page *p, unsigned order) {
    push(p, order);
    while (order < MAX_ORDER - 1) {
        struct Page *other = buddy_of(p, order);
        if (other == NULL) {
            break;
        }
        pull(other);
        pull(p);
        p = other < p ? other : p;
        order++;
        p->property = order; /* wrong: PG_property is gone, so p is never found as a buddy */
        list_add(&buddy.list[order], &p->page_link);
    }
}
