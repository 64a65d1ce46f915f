/*
 * first_fit.h - first fit in the course's style, without a mistake.
 *
 * Free blocks stand on one list in the order of their addresses; PG_property
 * and `property` mark the first frame of each. A file that says OWN_X before it
 * includes this one brings the function x itself.
 */
#include <list.h>
#include <pmm.h>
#include <string.h>

free_area_t free_area;

static void init(void);
static void insert(struct Page *base);
static void init_memmap(struct Page *base, size_t n);
static struct Page *alloc(size_t n);
static void release(struct Page *base, size_t n);
static size_t count(void);

#ifndef OWN_INIT
static void
init(void) {
    list_init(&free_area.free_list);
    free_area.nr_free = 0;
}
#endif

static void
mark(struct Page *p, size_t n) {
    p->property = n;
    SetPageProperty(p);
}

/* Two blocks side by side become one. */
static void
join(struct Page *low, struct Page *high) {
    low->property += high->property;
    ClearPageProperty(high);
    list_del(&high->page_link);
}

/* A block goes where its address belongs, and joins its neighbours. */
#ifndef OWN_INSERT
static void
insert(struct Page *base) {
    list_entry_t *head = &free_area.free_list, *le = list_next(head);
    while (le != head && le2page(le, page_link) < base) {
        le = list_next(le);
    }
    list_add_before(le, &base->page_link);
    struct Page *next = le2page(le, page_link);
    if (le != head && base + base->property == next) {
        join(base, next);
    }
    le = list_prev(&base->page_link);
    struct Page *prev = le2page(le, page_link);
    if (le != head && prev + prev->property == base) {
        join(prev, base);
    }
}
#endif

#ifndef OWN_INIT_MEMMAP
static void
init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    mark(base, n);
    free_area.nr_free += n;
    insert(base);
}
#endif

/* The first n pages leave the free block at p; the rest stays in its place. */
static struct Page *
take(struct Page *p, size_t n) {
    if (p->property > n) {
        mark(p + n, p->property - n);
        list_add(&p->page_link, &p[n].page_link);
    }
    list_del(&p->page_link);
    ClearPageProperty(p);
    free_area.nr_free -= n;
    return p;
}

#ifndef OWN_ALLOC
static struct Page *
alloc(size_t n) {
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            return take(p, n);
        }
    }
    return NULL;
}
#endif

#ifndef OWN_RELEASE
static void
release(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(!PageReserved(p) && !PageProperty(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    mark(base, n);
    free_area.nr_free += n;
    insert(base);
}
#endif

static size_t
count(void) {
    return free_area.nr_free;
}

const struct pmm_manager default_pmm_manager = {
    .name = "default_pmm_manager",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
};
