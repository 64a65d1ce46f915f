/*
 * tail_insert_pmm.c - first fit; a block freed above all others is linked
 * behind itself.
 */
#define OWN_INSERT
#include "first_fit.h"

static void
insert(struct Page *base) {
    list_entry_t *head = &free_area.free_list, *le = head;
    if (list_empty(head)) {
        list_add(head, &base->page_link);
        return;
    }
    while ((le = list_next(le)) != head) {
        struct Page *p = le2page(le, page_link);
        if (base < p) {
            list_add_before(le, &base->page_link);
            break;
        } else if (list_next(le) == head) {
            list_add(le, &base->page_link); /* wrong: no break; the next element is base itself */
        }
    }
    struct Page *prev = le2page(list_prev(&base->page_link), page_link);
    if (&prev->page_link != head && prev + prev->property == base) {
        join(prev, base);
        base = prev;
    }
    struct Page *next = le2page(list_next(&base->page_link), page_link);
    if (&next->page_link != head && base + base->property == next) {
        join(base, next);
    }
}
