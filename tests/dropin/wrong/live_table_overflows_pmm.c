/*
 * live_table_overflows_pmm.c - first fit; a table of the live grants has room
 * for eight.
 */
#define OWN_ALLOC
#define OWN_RELEASE
#include "first_fit.h"

#define MAX_LIVE 8

static struct {
    struct Page *base;
    size_t n;
} live[MAX_LIVE];

static struct Page *
alloc(size_t n) {
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            unsigned i = 0;
            while (i < MAX_LIVE - 1 && live[i].base != NULL) {
                i++;
            }
            live[i].base = take(p, n); /* wrong: the ninth takes the place of the eighth */
            live[i].n = n;
            return p;
        }
    }
    return NULL;
}

static void
release(struct Page *base, size_t n) {
    for (unsigned i = 0; i < MAX_LIVE; i++) {
        if (live[i].base == base) {
            live[i].base = NULL;
            base->flags = 0;
            mark(base, live[i].n);
            free_area.nr_free += live[i].n;
            insert(base);
            return;
        }
    }
}
