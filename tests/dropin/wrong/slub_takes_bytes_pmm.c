/*
 * slub_takes_bytes_pmm.c - a slub over first fit; alloc_pages(n) takes n for
 * bytes.
 */
#define OWN_ALLOC
#define OWN_RELEASE
#include "first_fit.h"

static struct Page *
alloc(size_t n) {
    size_t want = (n + PGSIZE - 1) / PGSIZE; /* wrong: n is in pages already */
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && n <= SIZE_MAX - PGSIZE && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= want) {
            return take(p, want);
        }
    }
    return NULL;
}

static void
release(struct Page *base, size_t n) {
    n = (n + PGSIZE - 1) / PGSIZE;
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    mark(base, n);
    free_area.nr_free += n;
    insert(base);
}
