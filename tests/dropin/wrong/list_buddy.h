/*
 * list_buddy.h - a buddy system with one list for each order, without a mistake.
 *
 * PG_property marks the first frame of a free block, `property` is its order. A
 * file that says OWN_X before it includes this one brings the function x itself.
 */
#include <list.h>
#include <pmm.h>
#include <string.h>

#define MAX_ORDER 11

static struct {
    list_entry_t list[MAX_ORDER];
    size_t nr_free; /* pages */
} buddy;

static unsigned order_of(size_t n);
static struct Page *buddy_of(struct Page *p, unsigned order);
static void join_and_push(struct Page *p, unsigned order);
static void init_memmap(struct Page *base, size_t n);
static struct Page *take(unsigned order);
static struct Page *alloc(size_t n);
static void release(struct Page *base, size_t n);

static void
init(void) {
    for (unsigned k = 0; k < MAX_ORDER; k++) {
        list_init(&buddy.list[k]);
    }
    buddy.nr_free = 0;
}

static void
push(struct Page *p, unsigned order) {
    p->property = order;
    SetPageProperty(p);
    list_add(&buddy.list[order], &p->page_link);
}

static void
pull(struct Page *p) {
    ClearPageProperty(p);
    list_del(&p->page_link);
}

/* The order of the smallest block that holds n pages. */
#ifndef OWN_ORDER_OF
static unsigned
order_of(size_t n) {
    unsigned order = 0;
    while (((size_t)1 << order) < n) {
        order++;
    }
    return order;
}
#endif

/* The buddy of the block at p, if it is free and as large; or NULL. */
#ifndef OWN_BUDDY_OF
static struct Page *
buddy_of(struct Page *p, unsigned order) {
    size_t number = page2ppn(p) ^ ((size_t)1 << order);
    if (number < nbase || number >= npage) {
        return NULL;
    }
    struct Page *other = &pages[number - nbase];
    return PageProperty(other) && other->property == order ? other : NULL;
}
#endif

/* A block goes back, after it has joined every buddy that it can. */
#ifndef OWN_JOIN_AND_PUSH
static void
join_and_push(struct Page *p, unsigned order) {
    while (order < MAX_ORDER - 1) {
        struct Page *other = buddy_of(p, order);
        if (other == NULL) {
            break;
        }
        pull(other);
        p = other < p ? other : p;
        order++;
    }
    push(p, order);
}
#endif

/* Frames come in: nothing of what was in their descriptors counts. */
static void
reset(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
}

/* The largest blocks that fit, each at a multiple of its size. */
#ifndef OWN_INIT_MEMMAP
static void
init_memmap(struct Page *base, size_t n) {
    reset(base, n);
    buddy.nr_free += n;
    while (n > 0) {
        unsigned order = 0;
        while (order < MAX_ORDER - 1 && ((size_t)2 << order) <= n &&
               page2ppn(base) % ((size_t)2 << order) == 0) {
            order++;
        }
        push(base, order);
        base += (size_t)1 << order;
        n -= (size_t)1 << order;
    }
}
#endif

/* A block of that order, cut from the smallest that is large enough; or NULL. */
#ifndef OWN_TAKE
static struct Page *
take(unsigned order) {
    unsigned k = order;
    while (k < MAX_ORDER && list_empty(&buddy.list[k])) {
        k++;
    }
    if (k >= MAX_ORDER) {
        return NULL;
    }
    struct Page *p = le2page(list_next(&buddy.list[k]), page_link);
    pull(p);
    while (k > order) {
        k--;
        push(p + ((size_t)1 << k), k);
    }
    p->property = order;
    return p;
}
#endif

#ifndef OWN_ALLOC
static struct Page *
alloc(size_t n) {
    if (n == 0 || n > buddy.nr_free) {
        return NULL;
    }
    unsigned order = order_of(n);
    struct Page *p = take(order);
    if (p != NULL) {
        buddy.nr_free -= (size_t)1 << order;
    }
    return p;
}
#endif

#ifndef OWN_RELEASE
static void
release(struct Page *base, size_t n) {
    unsigned order = order_of(n);
    for (struct Page *p = base; p < base + n; p++) {
        assert(!PageReserved(p) && !PageProperty(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    buddy.nr_free += (size_t)1 << order;
    join_and_push(base, order);
}
#endif

static size_t
count(void) {
    return buddy.nr_free;
}

const struct pmm_manager buddy_pmm_manager = {
    .name = "buddy_pmm_manager",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
};
