/*
 * buddies.c - a small buddy system, and one mistake for each name.
 *
 * Compiled with -DMISTAKE=NAME; without it there is none. One unordered list for
 * each order; it has no grant(), as old files have none.
 */
#include "bits.h"
#include "list.h"
#include "pmm.h"

enum mistake {
    NONE,
    JOINS_NEIGHBOURS,
    DOES_NOT_ROUND,
    RELATIVE,
    TOP_BLOCK_LOST,
    IGNORES_ORDER,
    /* right, with a limitation */
    ALIGNS_TO_RANGE = RELATIVE
};

#ifndef MISTAKE
#define MISTAKE NONE
#endif
#define ORDERS 11

static const enum mistake mistake = MISTAKE;

static struct {
    list_entry_t list[ORDERS];
    size_t nr_free;
    size_t first; /* page number of the first range */
} state;

static void
init(void) {
    for (unsigned k = 0; k < ORDERS; k++) {
        list_init(&state.list[k]);
    }
    state.nr_free = 0;
    state.first = SIZE_MAX;
}

static void
push(struct Page *p, unsigned order) {
    p->property = 1u << order;
    SetPageProperty(p);
    list_add(&state.list[order], &p->page_link);
}

static void
pull(struct Page *p) {
    ClearPageProperty(p);
    list_del(&p->page_link);
}

static size_t
number_of(const struct Page *p) {
    return page2ppn(p) - (mistake == RELATIVE ? state.first : 0);
}

static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t size = (size_t)1 << order, i = (size_t)(p - pages);
    struct Page *b = (number_of(p) & size) != 0 ? p - size : p + size;
    if ((number_of(p) & size) != 0 ? i < size : i + size >= npage - nbase) {
        return NULL;
    }
    bool fits = PageProperty(b) && !PageReserved(b);
    return fits && (b->property == size || mistake == IGNORES_ORDER) ? b : NULL;
}

static void
join_and_push(struct Page *p, unsigned order) {
    while (order < ORDERS - 1) {
        struct Page *b = buddy_of(p, order);
        size_t size = (size_t)1 << order;
        if (b == NULL && mistake == JOINS_NEIGHBOURS && p + size < pages + (npage - nbase) &&
            PageProperty(p + size) && p[size].property == size) {
            b = p + size;
        }
        if (b == NULL) {
            break;
        }
        pull(b);
        p = b < p ? b : p;
        order++;
    }
    if (mistake != TOP_BLOCK_LOST || order < 6) {
        push(p, order);
    }
}

static void
init_memmap(struct Page *base, size_t n) {
    if (state.first == SIZE_MAX) {
        state.first = page2ppn(base);
    }
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
    }
    state.nr_free += n;
    while (n > 0) {
        unsigned order = 0;
        while (order + 1 < ORDERS && n >> (order + 1) != 0 && number_of(base) >> order % 64 != 0 &&
               (number_of(base) & (((size_t)2 << order) - 1)) == 0) {
            order++;
        }
        push(base, order);
        base += (size_t)1 << order;
        n -= (size_t)1 << order;
    }
}

static struct Page *
alloc(size_t n) {
    if (n == 0 || n > (size_t)1 << (ORDERS - 1)) {
        return NULL;
    }
    unsigned want = log2_ceil(n), k = want;
    while (k < ORDERS && list_empty(&state.list[k])) {
        k++;
    }
    if (k == ORDERS) {
        return NULL;
    }
    struct Page *p = le2page(list_next(&state.list[k]), page_link);
    pull(p);
    while (k > want) {
        k--;
        push(p + ((size_t)1 << k), k);
    }
    p->ref = 0;
    state.nr_free -= mistake == DOES_NOT_ROUND ? n : (size_t)1 << want;
    return p;
}

static void
release(struct Page *base, size_t n) {
    unsigned order = log2_ceil(n);
    for (struct Page *p = base; p < base + ((size_t)1 << order); p++) {
        p->flags = 0;
    }
    state.nr_free += mistake == DOES_NOT_ROUND ? n : (size_t)1 << order;
    join_and_push(base, order);
}

static size_t
count(void) {
    return state.nr_free;
}

const struct pmm_manager buddies_pmm_manager = {
    .name = "buddies",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
};
