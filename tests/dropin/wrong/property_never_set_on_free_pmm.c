/*
 * property_never_set_on_free_pmm.c - buddy; a freed block is listed but not
 * marked, so it never joins.
 */
#define OWN_JOIN_AND_PUSH
#include "list_buddy.h"

static void
join_and_push(struct Page *p, unsigned order) {
    struct Page *other;
    while (order < MAX_ORDER - 1 && (other = buddy_of(p, order)) != NULL) {
        pull(other);
        p = other < p ? other : p;
        order++;
    }
    p->property = order;
    list_add(&buddy.list[order], &p->page_link); /* wrong: no SetPageProperty(p) */
}
