/*
 * address_list_pmm.c - first fit on one list in the order of addresses.
 *
 * What is left of a block goes back at once, and a freed block joins both of
 * its neighbours. O(free blocks).
 */
#include <atomic.h>
#include <list.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, TAIL_LINKS_TO_ITSELF, COUNTS_THE_WHOLE_BLOCK };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define MarkHead(page)     set_bit(PG_property, &((page)->flags))
#define UnmarkHead(page)   clear_bit(PG_property, &((page)->flags))
#define IsHead(page)       test_bit(PG_property, &((page)->flags))
#define TakeReserved(page) test_and_clear_bit(PG_reserved, &((page)->flags))

free_area_t free_area;

#define free_list (free_area.free_list)
#define nr_free   (free_area.nr_free)

static void
default_init(void) {
    list_init(&free_list);
    nr_free = 0;
}

static void
insert_by_address(struct Page *base) {
    list_entry_t *le = &free_list;
    if (list_empty(&free_list)) {
        list_add(&free_list, &(base->page_link));
        return;
    }
    while ((le = list_next(le)) != &free_list) {
        if (base < le2page(le, page_link)) {
            list_add_before(le, &(base->page_link));
            return;
        }
        if (MISTAKE == TAIL_LINKS_TO_ITSELF && list_next(le) == &free_list) {
            list_add(le, &(base->page_link));
        }
    }
    if (MISTAKE != TAIL_LINKS_TO_ITSELF) {
        list_add_before(&free_list, &(base->page_link));
    }
}

static void
join_upwards(struct Page *low) {
    list_entry_t *le = list_next(&(low->page_link));
    struct Page *high = le2page(le, page_link);
    if (le != &free_list && low + low->property == high) {
        low->property += high->property;
        UnmarkHead(high);
        list_del(le);
    }
}

static void
insert_and_join(struct Page *base, size_t n) {
    list_entry_t *before;
    base->property = n;
    MarkHead(base);
    nr_free += n;
    insert_by_address(base);
    before = list_prev(&(base->page_link));
    join_upwards(base);
    if (before != &free_list) {
        join_upwards(le2page(before, page_link));
    }
}

static void
default_init_memmap(struct Page *base, size_t n) {
    struct Page *p;
    assert(n > 0);
    for (p = base; p != base + n; p++) {
        assert(TakeReserved(p));
        p->flags = p->property = 0;
        set_page_ref(p, 0);
    }
    insert_and_join(base, n);
}

static struct Page *
default_alloc_pages(size_t n) {
    list_entry_t *le = &free_list;
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    while ((le = list_next(le)) != &free_list) {
        struct Page *p = le2page(le, page_link), *rest = p + n;
        if (p->property < n) {
            continue;
        }
        nr_free -= MISTAKE == COUNTS_THE_WHOLE_BLOCK ? p->property : n;
        if (p->property > n) {
            rest->property = p->property - n;
            MarkHead(rest);
            list_add(le, &(rest->page_link));
        }
        list_del(le);
        UnmarkHead(p);
        return p;
    }
    return NULL;
}

static void
default_free_pages(struct Page *base, size_t n) {
    struct Page *p;
    assert(n > 0);
    for (p = base; p != base + n; p++) {
        assert(!PageReserved(p) && !IsHead(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    insert_and_join(base, n);
}

static size_t
default_nr_free_pages(void) {
    return nr_free;
}

/* Three pages with nothing else on the list. */
static void
check_three_pages(void) {
    struct Page *p0, *p1, *p2;
    assert((p0 = alloc_page()) != NULL && (p1 = alloc_page()) != NULL);
    assert((p2 = alloc_page()) != NULL && p0 != p1 && p0 != p2 && p1 != p2);
    assert(page_ref(p0) == 0 && page_ref(p1) == 0 && page_ref(p2) == 0);
    assert(page2pa(p2) < npage * PGSIZE && pa2page(page2pa(p0)) == p0);

    list_entry_t list_aside = free_list;
    unsigned int count_aside = nr_free;
    list_init(&free_list);
    nr_free = 0;
    assert(list_empty(&free_list) && alloc_page() == NULL);
    free_page(p0);
    free_page(p2);
    free_page(p1);
    assert(nr_free == 3);
    assert((p0 = alloc_page()) != NULL && (p1 = alloc_pages(2)) != NULL && alloc_page() == NULL);
    free_list = list_aside;
    nr_free = count_aside;
    free_page(p0);
    free_pages(p1, 2);
}

static void
default_check(void) {
    unsigned int before = nr_free, total = 0;
    list_entry_t *le = &free_list;
    struct Page *p0;
    while ((le = list_next(le)) != &free_list) {
        assert(IsHead(le2page(le, page_link)));
        total += le2page(le, page_link)->property;
    }
    assert(total == nr_free_pages());
    check_three_pages();

    assert((p0 = alloc_pages(5)) != NULL && !PageProperty(p0));
    free_pages(p0 + 2, 3); /* parts of a grant */
    assert(PageProperty(p0 + 2) && alloc_pages(3) == p0 + 2);
    free_pages(p0 + 1, 4);
    free_page(p0);
    if (nr_free >= 16384) {
        assert((p0 = alloc_pages(16384)) != NULL);
        free_pages(p0, 16384);
    }
    assert(nr_free == before);
    cprintf("first fit check: %d pages free\n", nr_free_pages());
}

const struct pmm_manager default_pmm_manager = {
    .name = "address_list",
    .init = default_init,
    .init_memmap = default_init_memmap,
    .alloc_pages = default_alloc_pages,
    .free_pages = default_free_pages,
    .nr_free_pages = default_nr_free_pages,
    .check = default_check,
};
