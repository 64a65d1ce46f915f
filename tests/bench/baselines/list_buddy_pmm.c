/*
 * list_buddy_pmm.c - a buddy in the manner of Linux, with nothing around it.
 *
 * What buddy_system is measured against: the order of a request is a count of
 * zeros, a free page's order is in its descriptor, and nobody is mistrusted: no
 * guard, no mark on what is granted. One free list an order, last in, first out.
 * alloc and free are O(ORDERS).
 * Source: the design is that of Linux's mm/page_alloc.c, as described in Gorman,
 * "Understanding the Linux Virtual Memory Manager", 2004, chapter 6.
 */
#include "pmm.h"

#define ORDERS 11 /* 0 .. 10: blocks of up to 1024 pages */

static struct {
    list_entry_t list[ORDERS];
    size_t nr_free; /* pages */
} buddy;

static void
list_buddy_init(void) {
    for (unsigned k = 0; k < ORDERS; k++) {
        list_init(&buddy.list[k]);
    }
    buddy.nr_free = 0;
}

/* The smallest k with 2^k >= n, n >= 1. */
static unsigned
order_of(size_t n) {
    return n == 1 ? 0 : 64 - (unsigned)__builtin_clzl(n - 1);
}

static void
put_block(struct Page *head, unsigned k) {
    SetPageProperty(head);
    head->property = k;
    list_add(&buddy.list[k], &head->page_link);
}

static void
remove_block(struct Page *head) {
    ClearPageProperty(head);
    list_del(&head->page_link);
}

static void
free_block(struct Page *head, unsigned k) {
    size_t ppn = page2ppn(head);
    for (; k < ORDERS - 1; k++) {
        size_t other = ppn ^ (size_t)1 << k;
        struct Page *partner = &pages[other - nbase];
        if (other - nbase >= npage - nbase || !PageProperty(partner) || partner->property != k) {
            break;
        }
        remove_block(partner);
        ppn &= other;
    }
    put_block(&pages[ppn - nbase], k);
}

/* Block by block, from the top down: low memory is granted first. O(n). */
static void
list_buddy_init_memmap(struct Page *base, size_t n) {
    for (size_t i = 0; i < n; i++) {
        base[i].flags = 0;
        base[i].ref = 0;
    }
    buddy.nr_free += n;
    for (ppn_t end = page2ppn(base) + n; n > 0;) {
        unsigned k = 0;
        while (k < ORDERS - 1 && (2UL << k) <= n && end % (2UL << k) == 0) {
            k++;
        }
        end -= 1UL << k;
        n -= 1UL << k;
        free_block(&pages[end - nbase], k);
    }
}

static size_t
list_buddy_grant(size_t n) {
    return n == 0 || order_of(n) >= ORDERS ? 0 : 1UL << order_of(n);
}

static struct Page *
list_buddy_alloc_pages(size_t n) {
    if (n == 0) {
        return NULL;
    }
    unsigned order = order_of(n), k = order;
    while (k < ORDERS && list_empty(&buddy.list[k])) {
        k++;
    }
    if (k >= ORDERS) {
        return NULL;
    }
    struct Page *head = le2page(list_next(&buddy.list[k]), page_link);
    remove_block(head);
    while (k-- > order) {
        put_block(head + (1UL << k), k);
    }
    buddy.nr_free -= 1UL << order;
    return head;
}

static void
list_buddy_free_pages(struct Page *base, size_t n) {
    unsigned k = order_of(n);
    buddy.nr_free += 1UL << k;
    free_block(base, k);
}

static size_t
list_buddy_nr_free_pages(void) {
    return buddy.nr_free;
}

static void
list_buddy_for_each_free(pmm_visit_t visit, void *arg) {
    for (unsigned k = 0; k < ORDERS; k++) {
        list_for_each (le, &buddy.list[k]) {
            visit(le2page(le, page_link), 1UL << k, arg);
        }
    }
}

const struct pmm_manager list_buddy_pmm_manager = {
    .name = "list_buddy",
    .init = list_buddy_init,
    .init_memmap = list_buddy_init_memmap,
    .alloc_pages = list_buddy_alloc_pages,
    .free_pages = list_buddy_free_pages,
    .nr_free_pages = list_buddy_nr_free_pages,
    .grant = list_buddy_grant,
    .for_each_free = list_buddy_for_each_free,
};
