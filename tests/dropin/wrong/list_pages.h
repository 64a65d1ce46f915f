/*
 * list_pages.h - a buddy system that keeps its free blocks in tables, without a mistake.
 *
 * Each order has a chain of list pages with a few entries each; only the first
 * of a chain has room. In a real kernel a list page is a page of memory with
 * some 500 entries; here it is small, so that a second one is soon needed. A
 * file that says OWN_X before it includes this one brings the function x itself.
 */
#include <pmm.h>

#define MAX_ORDER      5
#define ENTRIES        2
#define MAX_LIST_PAGES 65536

struct list_page {
    size_t n;
    struct list_page *next;
    struct Page *entry[ENTRIES];
};

static struct list_page list_pages[MAX_LIST_PAGES];
static struct list_page *first[MAX_ORDER], *unused;
static size_t nr_free;

static void add(unsigned order, struct Page *p);
static void fill_top(struct Page *base, size_t blocks);

static void
init(void) {
    unused = NULL;
    for (size_t i = MAX_LIST_PAGES; i-- > 0;) {
        list_pages[i].next = unused;
        unused = &list_pages[i];
    }
    for (unsigned k = 0; k < MAX_ORDER; k++) {
        first[k] = NULL;
    }
    nr_free = 0;
}

/* An empty list page becomes the first of its order. */
static struct list_page *
new_list_page(unsigned order) {
    struct list_page *page = unused;
    assert(page != NULL);
    unused = page->next;
    page->n = 0;
    page->next = first[order];
    first[order] = page;
    return page;
}

#ifndef OWN_ADD
static void
add(unsigned order, struct Page *p) {
    struct list_page *page = first[order];
    if (page == NULL || page->n == ENTRIES) {
        page = new_list_page(order);
    }
    page->entry[page->n++] = p;
}
#endif

/* The last entry of an order, or NULL. */
static struct Page *
take_last(unsigned order) {
    struct list_page *page = first[order];
    if (page == NULL) {
        return NULL;
    }
    struct Page *p = page->entry[--page->n];
    if (page->n == 0) {
        first[order] = page->next;
        page->next = unused;
        unused = page;
    }
    return p;
}

/* Take that block off its list, if it is there; the last entry fills its place. */
static bool
remove_block(unsigned order, struct Page *p) {
    for (struct list_page *page = first[order]; page != NULL; page = page->next) {
        for (size_t i = 0; i < page->n; i++) {
            if (page->entry[i] == p) {
                page->entry[i] = first[order]->entry[first[order]->n - 1];
                take_last(order);
                return true;
            }
        }
    }
    return false;
}

/* As many blocks of the top order, one behind the other. */
#ifndef OWN_FILL_TOP
static void
fill_top(struct Page *base, size_t blocks) {
    for (size_t i = 0; i < blocks; i++) {
        add(MAX_ORDER - 1, base + (i << (MAX_ORDER - 1)));
    }
}
#endif

static void
init_memmap(struct Page *base, size_t n) {
    size_t top = (size_t)1 << (MAX_ORDER - 1);
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    nr_free += n;
    while (n > 0) {
        unsigned order = 0;
        while (((size_t)2 << order) <= n && order < MAX_ORDER - 1 &&
               page2ppn(base) % ((size_t)2 << order) == 0) {
            order++;
        }
        size_t blocks = order == MAX_ORDER - 1 ? n / top : 1;
        if (order == MAX_ORDER - 1) {
            fill_top(base, blocks);
        } else {
            add(order, base);
        }
        base += blocks << order;
        n -= blocks << order;
    }
}

static unsigned
order_of(size_t n) {
    unsigned order = 0;
    while (order < MAX_ORDER && ((size_t)1 << order) < n) {
        order++;
    }
    return order;
}

static struct Page *
alloc(size_t n) {
    unsigned order = order_of(n), k = order;
    struct Page *p = NULL;
    while (n > 0 && k < MAX_ORDER && (p = take_last(k)) == NULL) {
        k++;
    }
    if (p == NULL) {
        return NULL;
    }
    while (k > order) {
        k--;
        add(k, p + ((size_t)1 << k));
    }
    nr_free -= (size_t)1 << order;
    return p;
}

static void
release(struct Page *base, size_t n) {
    unsigned order = order_of(n);
    for (struct Page *p = base; p < base + n; p++) {
        set_page_ref(p, 0);
    }
    nr_free += (size_t)1 << order;
    while (order < MAX_ORDER - 1) {
        size_t number = page2ppn(base) ^ ((size_t)1 << order);
        if (number < nbase || !remove_block(order, &pages[number - nbase])) {
            break;
        }
        base = number < page2ppn(base) ? &pages[number - nbase] : base;
        order++;
    }
    add(order, base);
}

static size_t
count(void) {
    return nr_free;
}

const struct pmm_manager buddy_pmm_manager = {
    .name = "buddy_pmm_manager",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
};
