/*
 * marks_allocated_reserved_pmm.c - first fit; a limitation: granted frames
 * carry PG_reserved.
 */
#define OWN_ALLOC
#define OWN_RELEASE
#include "first_fit.h"

static struct Page *
alloc(size_t n) {
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            take(p, n);
            for (struct Page *q = p; q < p + n; q++) {
                SetPageReserved(q); /* wrong: reserved is what is never handed out */
            }
            return p;
        }
    }
    return NULL;
}

static void
release(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p) && !PageProperty(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    mark(base, n);
    free_area.nr_free += n;
    insert(base);
}
