/*
 * joins_upwards_only_pmm.c - first fit; a freed block joins the one behind it,
 * and not the one before it.
 */
#define OWN_INSERT
#include "first_fit.h"

static void
insert(struct Page *base) {
    list_entry_t *head = &free_area.free_list, *le = list_next(head);
    while (le != head && le2page(le, page_link) < base) {
        le = list_next(le);
    }
    list_add_before(le, &base->page_link);
    struct Page *next = le2page(le, page_link);
    if (le != head && base + base->property == next) {
        join(base, next); /* wrong: the block before base may end where base begins */
    }
}
