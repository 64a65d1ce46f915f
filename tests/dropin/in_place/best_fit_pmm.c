/*
 * best_fit_pmm.c - an old best fit: what a student of another tree brings along.
 *
 * Its list is in the order of addresses; it knows ucore's seven members and nothing else, prints
 * sizes with %d, and calls itself by its symbol.
 */
#include <list.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

free_area_t free_area;

#define free_list (free_area.free_list)
#define nr_free (free_area.nr_free)

static void
best_fit_init(void) {
    list_init(&free_list);
    nr_free = 0;
}

/* Where a block begins, and what lies behind it on the list. */
static void
best_fit_insert(struct Page *base) {
    list_entry_t *le = list_next(&free_list);
    while (le != &free_list && le2page(le, page_link) < base) {
        le = list_next(le);
    }
    list_add_before(le, &(base->page_link));
}

static void
best_fit_merge(struct Page *low, struct Page *high) {
    if (low + low->property == high) {
        low->property += high->property;
        ClearPageProperty(high);
        list_del(&(high->page_link));
    }
}

static void
best_fit_init_memmap(struct Page *base, size_t n) {
    assert(n > 0);
    struct Page *p = base;
    for (; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = p->property = 0;
        set_page_ref(p, 0);
    }
    base->property = n;
    SetPageProperty(base);
    nr_free += n;
    best_fit_insert(base);
    list_entry_t *next = list_next(&(base->page_link)), *prev = list_prev(&(base->page_link));
    if (next != &free_list) {
        best_fit_merge(base, le2page(next, page_link));
    }
    if (prev != &free_list) {
        best_fit_merge(le2page(prev, page_link), base);
    }
}

static struct Page *
best_fit_alloc_pages(size_t n) {
    assert(n > 0);
    if (n > nr_free) {
        return NULL;
    }
    struct Page *page = NULL;
    list_entry_t *le = &free_list;
    size_t min_size = nr_free + 1;
    while ((le = list_next(le)) != &free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n && p->property < min_size) {
            page = p;
            min_size = p->property;
        }
    }
    if (page != NULL) {
        if (page->property > n) {
            struct Page *p = page + n;
            p->property = page->property - n;
            SetPageProperty(p);
            list_add(&(page->page_link), &(p->page_link));
        }
        list_del(&(page->page_link));
        nr_free -= n;
        ClearPageProperty(page);
    }
    return page;
}

static void
best_fit_free_pages(struct Page *base, size_t n) {
    struct Page *p = base;
    for (; p != base + n; p++) {
        assert(!PageReserved(p) && !PageProperty(p));
        SetPageReserved(p);
    }
    best_fit_init_memmap(base, n);
}

static size_t
best_fit_nr_free_pages(void) {
    return nr_free;
}

static void
best_fit_check(void) {
    struct Page *p0 = alloc_pages(5), *p1 = alloc_page();
    assert(p0 != NULL && p1 != NULL && p0 != p1);
    cprintf("best_fit_check: %d pages are free\n", nr_free_pages());
    list_entry_t free_list_store = free_list;
    unsigned int nr_free_store = nr_free;
    list_init(&free_list);
    nr_free = 0;
    free_pages(p0 + 1, 2);
    free_pages(p0 + 4, 1);
    assert(alloc_page() == p0 + 4);
    assert(alloc_pages(3) == NULL && alloc_pages(2) == p0 + 1);
    free_list = free_list_store;
    nr_free = nr_free_store;
    free_pages(p0, 5);
    free_page(p1);
}

const struct pmm_manager best_fit_pmm_manager = {
    .name = "best_fit_pmm_manager",
    .init = best_fit_init,
    .init_memmap = best_fit_init_memmap,
    .alloc_pages = best_fit_alloc_pages,
    .free_pages = best_fit_free_pages,
    .nr_free_pages = best_fit_nr_free_pages,
    .check = best_fit_check,
};
