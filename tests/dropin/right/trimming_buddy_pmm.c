/*
 * trimming_buddy_pmm.c - a buddy system that gives back at once what was rounded up.
 *
 * One list for each order. A request that is no power of two takes the next one
 * through the global alloc_pages(), and frees what it does not need through the
 * global free_pages(). O(log n).
 */
#include <list.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, ORDER_OF_THE_BUDDY_IS_NOT_COMPARED, ODD_REST_IS_LOST };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define MAX_ORDER 11

static free_area_t free_area[MAX_ORDER];

static void
buddy_init(void) {
    for (int k = 0; k < MAX_ORDER; k++) {
        list_init(&free_area[k].free_list);
        free_area[k].nr_free = 0;
    }
}

static void
add_block(struct Page *page, int order) {
    page->property = 1 << order;
    SetPageProperty(page);
    list_add(&free_area[order].free_list, &page->page_link);
    free_area[order].nr_free++;
}

static void
remove_block(struct Page *page, int order) {
    ClearPageProperty(page);
    list_del(&page->page_link);
    free_area[order].nr_free--;
}

static struct Page *
free_buddy(struct Page *page, int order) {
    ppn_t number = page2ppn(page) ^ ((ppn_t)1 << order);
    if (number < nbase || number >= npage) {
        return NULL;
    }
    struct Page *buddy = &pages[number - nbase];
    if (PageReserved(buddy) || !PageProperty(buddy)) {
        return NULL;
    }
    if (buddy->property != 1 << order && MISTAKE != ORDER_OF_THE_BUDDY_IS_NOT_COMPARED) {
        return NULL;
    }
    return buddy;
}

static void
free_block(struct Page *page, int order) {
    struct Page *buddy;
    while (order < MAX_ORDER - 1 && (buddy = free_buddy(page, order)) != NULL) {
        remove_block(buddy, order);
        page = page < buddy ? page : buddy;
        order++;
    }
    add_block(page, order);
}

/* Any run of pages, as the fewest aligned blocks. */
static void
free_run(struct Page *page, size_t n) {
    while (n > 0) {
        int order = 0;
        while (order < MAX_ORDER - 1 && (size_t)2 << order <= n &&
               page2ppn(page) % ((size_t)2 << order) == 0) {
            order++;
        }
        free_block(page, order);
        page += 1 << order;
        n -= 1 << order;
    }
}

static void
buddy_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    free_run(base, n);
}

static struct Page *
buddy_alloc_pages(size_t n) {
    int want = 0, k;
    if (n == 0 || n > (size_t)1 << (MAX_ORDER - 1)) {
        return NULL;
    }
    while ((size_t)1 << want < n) {
        want++;
    }
    if ((size_t)1 << want != n) {
        struct Page *whole = alloc_pages((size_t)1 << want);
        if (whole != NULL) {
            free_pages(whole + n, ((size_t)1 << want) - n);
        }
        return whole;
    }
    for (k = want; k < MAX_ORDER && list_empty(&free_area[k].free_list); k++) {
    }
    if (k == MAX_ORDER) {
        return NULL;
    }
    struct Page *page = le2page(list_next(&free_area[k].free_list), page_link);
    remove_block(page, k);
    while (k > want) {
        k--;
        add_block(page + (1 << k), k);
    }
    return page;
}

static void
buddy_free_pages(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    if (MISTAKE == ODD_REST_IS_LOST && n > 2) {
        n &= ~(size_t)1;
    }
    free_run(base, n);
}

static size_t
buddy_nr_free_pages(void) {
    size_t sum = 0;
    for (int k = 0; k < MAX_ORDER; k++) {
        sum += (size_t)free_area[k].nr_free << k;
    }
    return sum;
}

static void
buddy_check(void) {
    size_t before = nr_free_pages();
    struct Page *a = alloc_pages(45), *b = alloc_pages(31), *c = alloc_pages(125);
    assert(a != NULL && b != NULL && c != NULL);
    assert(nr_free_pages() == before - 45 - 31 - 125);
    assert(page2ppn(a) % 64 == 0 && page2ppn(b) % 32 == 0 && page2ppn(c) % 128 == 0);
    free_pages(b, 31);
    free_pages(c, 125);
    free_pages(a + 40, 5);
    free_pages(a, 40);
    assert(nr_free_pages() == before);
    assert((a = alloc_pages(1024)) != NULL && alloc_pages(1025) == NULL);
    free_pages(a, 1024);
    for (int k = 0; k < MAX_ORDER; k++) {
        cprintf("order %2d: %d blocks\n", k, free_area[k].nr_free);
    }
}

const struct pmm_manager buddy_manager = {
    .name = "trimming_buddy",
    .init = buddy_init,
    .init_memmap = buddy_init_memmap,
    .alloc_pages = buddy_alloc_pages,
    .free_pages = buddy_free_pages,
    .nr_free_pages = buddy_nr_free_pages,
    .check = buddy_check,
};
