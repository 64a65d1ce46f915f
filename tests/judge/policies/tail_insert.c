/*
 * tail_insert.c - first fit with the best-known mistake.
 *
 * A block that is freed above all others is added behind the last one, and the
 * loop goes on: the next element is the block itself, which is added behind
 * itself. Its own check passes, as do all light uses.
 */
#include <list.h>
#include <pmm.h>
#include <string.h>

static free_area_t area;

static void
tail_init(void) {
    list_init(&area.free_list);
    area.nr_free = 0;
}

static void
tail_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    base->property = (unsigned)n;
    SetPageProperty(base);
    list_entry_t *le = list_next(&area.free_list);
    while (le != &area.free_list && le2page(le, page_link) < base) {
        le = list_next(le);
    }
    list_add_before(le, &base->page_link);
    area.nr_free += (unsigned)n;
}

static struct Page *
tail_alloc_pages(size_t n) {
    if (n == 0 || n > area.nr_free) {
        return NULL;
    }
    for (list_entry_t *le = list_next(&area.free_list); le != &area.free_list; le = list_next(le)) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            if (p->property > n) {
                struct Page *rest = p + n;
                rest->property = p->property - (unsigned)n;
                SetPageProperty(rest);
                list_add_after(le, &rest->page_link);
            }
            list_del(le);
            ClearPageProperty(p);
            area.nr_free -= (unsigned)n;
            return p;
        }
    }
    return NULL;
}

static void
tail_insert(struct Page *base) {
    list_entry_t *le = &area.free_list;
    if (list_empty(le)) {
        list_add(le, &base->page_link);
        return;
    }
    while ((le = list_next(le)) != &area.free_list) {
        if (base < le2page(le, page_link)) {
            list_add_before(le, &base->page_link);
            break;
        } else if (list_next(le) == &area.free_list) {
            list_add(le, &base->page_link);
            /* a break is missing here */
        }
    }
}

static void
tail_free_pages(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        p->flags = 0;
        set_page_ref(p, 0);
    }
    base->property = (unsigned)n;
    SetPageProperty(base);
    area.nr_free += (unsigned)n;
    tail_insert(base);
    list_entry_t *le = list_prev(&base->page_link);
    if (le != &area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p + p->property == base) {
            p->property += base->property;
            ClearPageProperty(base);
            list_del(&base->page_link);
            base = p;
        }
    }
    le = list_next(&base->page_link);
    if (le != &area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (base + base->property == p) {
            base->property += p->property;
            ClearPageProperty(p);
            list_del(&p->page_link);
        }
    }
}

static size_t
tail_nr_free_pages(void) {
    return area.nr_free;
}

static void
tail_check(void) {
    size_t before = nr_free_pages();
    struct Page *a = alloc_page(), *b = alloc_page(), *c = alloc_page();
    assert(a != NULL && b != NULL && c != NULL);
    assert(a != b && b != c && a != c);
    free_page(a);
    free_page(b);
    free_page(c);
    assert(nr_free_pages() == before);
    cprintf("check passed\n");
}

const struct pmm_manager default_pmm_manager = {
    .name = "tail_insert",
    .init = tail_init,
    .init_memmap = tail_init_memmap,
    .alloc_pages = tail_alloc_pages,
    .free_pages = tail_free_pages,
    .nr_free_pages = tail_nr_free_pages,
    .check = tail_check,
};
