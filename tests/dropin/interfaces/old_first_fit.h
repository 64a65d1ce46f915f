/*
 * old_first_fit.h - a first-fit in the way of old files, for the files beside it to build on.
 *
 * MARK and UNMARK say how a free block's head is marked; the including file may bring its own.
 */
#include <list.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

#ifndef MARK
#define MARK(p)   SetPageProperty(p)
#define UNMARK(p) ClearPageProperty(p)
#endif

free_area_t free_area;

#define free_list (free_area.free_list)
#define nr_free   (free_area.nr_free)

static void
fit_init(void) {
    list_init(&free_list);
    nr_free = 0;
}

static void
fit_put(struct Page *base, size_t n) {
    list_entry_t *le = list_next(&free_list);
    while (le != &free_list && le2page(le, page_link) < base) {
        le = list_next(le);
    }
    base->property = n;
    MARK(base);
    list_add_before(le, &base->page_link);
    nr_free += n;
    for (le = list_prev(le); le != &free_list && list_next(le) != &free_list;) {
        struct Page *p = le2page(le, page_link), *q = le2page(list_next(le), page_link);
        if (p + p->property != q) {
            break;
        }
        p->property += q->property;
        UNMARK(q);
        list_del(&q->page_link);
    }
    le = list_prev(&base->page_link);
    if (le != &free_list && le2page(le, page_link) + le2page(le, page_link)->property == base) {
        le2page(le, page_link)->property += base->property;
        UNMARK(base);
        list_del(&base->page_link);
    }
}

static void
fit_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = p->property = 0;
        set_page_ref(p, 0);
    }
    fit_put(base, n);
}

static struct Page *
fit_alloc_pages(size_t n) {
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    for (list_entry_t *le = list_next(&free_list); le != &free_list; le = list_next(le)) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            if (p->property > n) {
                (p + n)->property = p->property - n;
                MARK(p + n);
                list_add(le, &(p + n)->page_link);
            }
            list_del(le);
            UNMARK(p);
            nr_free -= n;
            return p;
        }
    }
    return NULL;
}

static void
fit_free_pages(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(!PageReserved(p) && !PageProperty(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    fit_put(base, n);
}

static size_t
fit_nr_free_pages(void) {
    return nr_free;
}
