/*
 * first_fit_with_a_bug_pmm.c - first fit as old course trees have it, with a bug.
 *
 * It boots, and passes the check at its end. All the same it hands out a page that somebody has.
 * Read it first; then let the judge show it: make judge PMM=docs/labs/allocator/first_fit_with_a_bug_pmm.c
 *
 * Free blocks stand on one list, the lowest first. PG_property marks the first page of each, whose
 * `property` is the number of its pages.
 */
#include <assert.h>
#include <list.h>
#include <pmm.h>
#include <stdio.h>

static free_area_t area;

static void
old_init(void) {
    list_init(&area.free_list);
    area.nr_free = 0;
}

/* Put a block where its address belongs. */
static void
insert(struct Page *base) {
    if (list_empty(&area.free_list)) {
        list_add(&area.free_list, &base->page_link);
        return;
    }
    list_entry_t *le = &area.free_list;
    while ((le = list_next(le)) != &area.free_list) {
        if (base < le2page(le, page_link)) {
            list_add_before(le, &base->page_link);
            break;
        } else if (list_next(le) == &area.free_list) {
            list_add_after(le, &base->page_link);
        }
    }
}

/* Two blocks, one behind the other, become one if they touch. */
static void
join(struct Page *low, struct Page *high) {
    if (low + low->property == high) {
        low->property += high->property;
        ClearPageProperty(high);
        list_del(&high->page_link);
    }
}

static void
add_block(struct Page *base, size_t n) {
    base->property = n;
    SetPageProperty(base);
    area.nr_free += n;
    insert(base);
    list_entry_t *next = list_next(&base->page_link);
    if (next != &area.free_list) {
        join(base, le2page(next, page_link));
    }
    list_entry_t *prev = list_prev(&base->page_link);
    if (prev != &area.free_list) {
        join(le2page(prev, page_link), base);
    }
}

static void
old_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    add_block(base, n);
}

static struct Page *
old_alloc_pages(size_t n) {
    if (n == 0 || n > area.nr_free) {
        return NULL;
    }
    list_entry_t *le = &area.free_list;
    while ((le = list_next(le)) != &area.free_list) {
        struct Page *page = le2page(le, page_link);
        if (page->property >= n) {
            list_entry_t *prev = list_prev(le);
            list_del(le);
            if (page->property > n) {
                struct Page *rest = page + n;
                rest->property = page->property - n;
                SetPageProperty(rest);
                list_add_after(prev, &rest->page_link);
            }
            area.nr_free -= n;
            ClearPageProperty(page);
            return page;
        }
    }
    return NULL;
}

static void
old_free_pages(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(!PageReserved(p) && !PageProperty(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    add_block(base, n);
}

static size_t
old_nr_free_pages(void) {
    return area.nr_free;
}

/* On a list of five pages alone: whole, in parts, joined again. */
static void
old_check(void) {
    size_t all = nr_free_pages();
    struct Page *p = alloc_pages(5);
    assert(p != NULL && !PageProperty(p));
    free_area_t aside = area;
    old_init();

    assert(alloc_page() == NULL);
    free_pages(p + 2, 3);
    assert(alloc_pages(4) == NULL && PageProperty(p + 2) && p[2].property == 3);
    assert(alloc_pages(3) == p + 2 && alloc_page() == NULL);

    free_pages(p + 3, 2);
    free_pages(p, 1);
    assert(PageProperty(p) && p->property == 1 && PageProperty(p + 3) && p[3].property == 2);
    assert(alloc_page() == p && alloc_pages(2) == p + 3);

    free_pages(p + 4, 1);
    free_pages(p + 1, 3);
    free_pages(p, 1);
    assert(alloc_pages(5) == p && alloc_page() == NULL && area.nr_free == 0);

    area = aside;
    free_pages(p, 5);
    assert(nr_free_pages() == all);
}

const struct pmm_manager default_pmm_manager = {
    .name = "first_fit_with_a_bug",
    .init = old_init,
    .init_memmap = old_init_memmap,
    .alloc_pages = old_alloc_pages,
    .free_pages = old_free_pages,
    .nr_free_pages = old_nr_free_pages,
    .check = old_check,
};
