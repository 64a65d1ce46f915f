/*
 * top_block_lost_on_merge_pmm.c - buddy; a block that has become as large as
 * can be is put on no list.
 */
#define OWN_JOIN_AND_PUSH
#include "list_buddy.h"

static void
join_and_push(struct Page *p, unsigned order) {
    for (; order < MAX_ORDER - 1; order++) {
        struct Page *other = buddy_of(p, order);
        if (other == NULL) {
            push(p, order);
            return;
        }
        pull(other);
        p = other < p ? other : p;
    }
    /* wrong: the loop ends at the top order, and p is forgotten */
}
