/*
 * buddy_system_pmm.c - an old buddy system: what a student of another tree brings along.
 *
 * A list for each order; `property` is the order of a free block. It knows ucore's seven members and
 * nothing else, and its symbol has a name of its own.
 */
#include <pmm.h>
#include <list.h>
#include <string.h>
#include <stdio.h>

#define MAX_ORDER 11

free_area_t free_area[MAX_ORDER];
static size_t total_free;

static int
order_of(size_t n) {
    int order = 0;
    while ((1UL << order) < n) {
        order++;
    }
    return order;
}

static void
buddy_init(void) {
    int i;
    for (i = 0; i < MAX_ORDER; i++) {
        list_init(&(free_area[i].free_list));
        free_area[i].nr_free = 0;
    }
    total_free = 0;
}

static void
put(struct Page *page, int order) {
    page->property = order;
    SetPageProperty(page);
    list_add(&(free_area[order].free_list), &(page->page_link));
    free_area[order].nr_free++;
}

static void
pull(struct Page *page, int order) {
    ClearPageProperty(page);
    list_del(&(page->page_link));
    free_area[order].nr_free--;
}

static void
give_back(struct Page *page, int order) {
    total_free += 1UL << order;
    while (order < MAX_ORDER - 1) {
        ppn_t ppn = page2ppn(page) ^ (1UL << order);
        if (ppn < nbase || ppn >= npage) {
            break;
        }
        struct Page *buddy = pages + (ppn - nbase);
        if (!PageProperty(buddy) || buddy->property != order) {
            break;
        }
        pull(buddy, order);
        if (buddy < page) {
            page = buddy;
        }
        order++;
    }
    put(page, order);
}

static void
buddy_init_memmap(struct Page *base, size_t n) {
    struct Page *p;
    for (p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    for (p = base + n; n > 0;) {
        int order = 0;
        while (order < MAX_ORDER - 1 && (2UL << order) <= n &&
               (page2ppn(p) & ((2UL << order) - 1)) == 0) {
            order++;
        }
        p -= 1UL << order;
        n -= 1UL << order;
        give_back(p, order);
    }
}

static struct Page *
buddy_alloc_pages(size_t n) {
    int order, i;
    if (n == 0 || n > (1UL << (MAX_ORDER - 1))) {
        return NULL;
    }
    order = order_of(n);
    for (i = order; i < MAX_ORDER; i++) {
        if (!list_empty(&(free_area[i].free_list))) {
            break;
        }
    }
    if (i == MAX_ORDER) {
        return NULL;
    }
    struct Page *page = le2page(list_next(&(free_area[i].free_list)), page_link);
    pull(page, i);
    while (i > order) {
        i--;
        put(page + (1UL << i), i);
    }
    total_free -= 1UL << order;
    return page;
}

static void
buddy_free_pages(struct Page *base, size_t n) {
    assert(n > 0 && !PageProperty(base));
    give_back(base, order_of(n));
}

static size_t
buddy_nr_free_pages(void) {
    return total_free;
}

static void
buddy_check(void) {
    size_t all = nr_free_pages();
    struct Page *p0 = alloc_pages(3), *p1 = alloc_pages(4);
    assert(p0 != NULL && p1 != NULL && nr_free_pages() == all - 8);
    assert((page2ppn(p0) & 3) == 0 && (page2ppn(p1) & 3) == 0);
    free_pages(p0, 3);
    free_pages(p1, 4);
    assert(nr_free_pages() == all);
    cprintf("buddy_check: %d pages are free\n", all);
}

const struct pmm_manager buddy_pmm_manager = {
    .name = "buddy_pmm_manager",
    .init = buddy_init,
    .init_memmap = buddy_init_memmap,
    .alloc_pages = buddy_alloc_pages,
    .free_pages = buddy_free_pages,
    .nr_free_pages = buddy_nr_free_pages,
    .check = buddy_check,
};
