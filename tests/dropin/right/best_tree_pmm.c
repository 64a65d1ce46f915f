/*
 * best_tree_pmm.c - best fit by a treap of the free blocks.
 *
 * The tree is in the order of length, then address; its nodes are the links of
 * the blocks' first pages: `prev` leads to the smaller ones, `next` to the
 * larger. PG_last marks the last page of a block, with the length there as well,
 * so that both neighbours of a freed block are found at once. O(log n) expected.
 */
#include <list.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, LAST_PAGE_KEEPS_ITS_MARK, GROWS_IN_ITS_OLD_PLACE };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define PG_last 2
#define smaller prev
#define larger  next

typedef list_entry_t node_t;

static node_t *root;
static size_t nr_free;

static void
tree_init(void) {
    root = NULL;
    nr_free = 0;
}

static int
is_below(const node_t *a, const node_t *b) {
    const struct Page *p = le2page(a, page_link), *q = le2page(b, page_link);
    return p->property != q->property ? p->property < q->property : p < q;
}

/* Scattered, and always the same for the same page. */
static unsigned int
weight(node_t *node) {
    return (unsigned int)(le2page(node, page_link) - pages + 1) * 2654435761u;
}

static void
tree_insert(struct Page *page) {
    node_t **at = &root, *node = &page->page_link, *t;
    node_t **below = &node->smaller, **above = &node->larger;
    while (*at != NULL && weight(*at) >= weight(node)) {
        at = is_below(node, *at) ? &(*at)->smaller : &(*at)->larger;
    }
    t = *at;
    *at = node;
    while (t != NULL) { /* what was there goes to both sides of the new node */
        if (is_below(t, node)) {
            *below = t;
            below = &t->larger;
            t = t->larger;
        } else {
            *above = t;
            above = &t->smaller;
            t = t->smaller;
        }
    }
    *below = *above = NULL;
}

static void
tree_remove(struct Page *page) {
    node_t **at = &root, *node = &page->page_link, *l, *r;
    while (*at != node) {
        assert(*at != NULL);
        at = is_below(node, *at) ? &(*at)->smaller : &(*at)->larger;
    }
    l = node->smaller;
    r = node->larger;
    while (l != NULL && r != NULL) {
        if (weight(l) >= weight(r)) {
            *at = l;
            at = &l->larger;
            l = l->larger;
        } else {
            *at = r;
            at = &r->smaller;
            r = r->smaller;
        }
    }
    *at = l != NULL ? l : r;
}

static void
mark_ends(struct Page *head, size_t n) {
    head->property = head[n - 1].property = n;
    SetPageProperty(head);
    head[n - 1].flags |= 1 << PG_last;
}

static void
clear_ends(struct Page *head) {
    ClearPageProperty(head);
    if (MISTAKE != LAST_PAGE_KEEPS_ITS_MARK) {
        head[head->property - 1].flags &= ~(1 << PG_last);
    }
}

static void
join_and_insert(struct Page *base, size_t n) {
    struct Page *end = base + n;
    nr_free += n;
    if (end < pages + (npage - nbase) && PageProperty(end) && !PageReserved(end)) {
        tree_remove(end);
        clear_ends(end);
        n += end->property;
    }
    if (base > pages && (base[-1].flags >> PG_last & 1) != 0) {
        base -= base[-1].property;
        n += base->property;
        if (MISTAKE != GROWS_IN_ITS_OLD_PLACE) {
            tree_remove(base);
        }
        clear_ends(base);
        mark_ends(base, n);
        if (MISTAKE == GROWS_IN_ITS_OLD_PLACE) {
            return;
        }
    }
    mark_ends(base, n);
    tree_insert(base);
}

static void
tree_init_memmap(struct Page *base, size_t n) {
    assert(n > 0);
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        set_page_ref(p, 0);
    }
    join_and_insert(base, n);
}

static struct Page *
tree_alloc_pages(size_t n) {
    struct Page *best = NULL;
    node_t *t = root;
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    while (t != NULL) {
        if (le2page(t, page_link)->property >= n) {
            best = le2page(t, page_link);
            t = t->smaller;
        } else {
            t = t->larger;
        }
    }
    if (best != NULL) {
        size_t length = best->property;
        tree_remove(best);
        clear_ends(best);
        nr_free -= n;
        if (length > n) {
            mark_ends(best + n, length - n);
            tree_insert(best + n);
        }
    }
    return best;
}

static void
tree_free_pages(struct Page *base, size_t n) {
    assert(n > 0);
    for (struct Page *p = base; p < base + n; p++) {
        assert(!PageReserved(p) && !PageProperty(p) && page_ref(p) == 0);
        p->flags &= MISTAKE == LAST_PAGE_KEEPS_ITS_MARK ? 1 << PG_last : 0;
    }
    join_and_insert(base, n);
}

static size_t
tree_nr_free_pages(void) {
    return nr_free;
}

static void
tree_check(void) {
    size_t before = nr_free, count;
    struct Page *hole[3], *wall[3], *p;
    for (int i = 0; i < 3; i++) {
        assert((hole[i] = alloc_pages(10 - 3 * i)) != NULL);
        assert((wall[i] = alloc_page()) != NULL);
    }
    for (int i = 0; i < 3; i++) {
        free_pages(hole[i], 10 - 3 * i);
    }
    for (int i = 2; i >= 0; i--) { /* the smallest that is large enough */
        assert((p = alloc_pages(9 - 3 * i)) == hole[i]);
        free_pages(p, 9 - 3 * i);
    }
    for (int i = 0; i < 3; i++) {
        free_page(wall[i]);
    }
    assert(nr_free_pages() == before);
    if (before >= 16384) {
        assert((p = alloc_pages(16384)) != NULL);
        free_pages(p + 8192, 8192);
        free_pages(p, 8192);
    }
    node_t *root_aside = root;
    count = nr_free;
    tree_init();
    assert(alloc_page() == NULL && nr_free_pages() == 0);
    root = root_aside;
    nr_free = count;
    cprintf("best fit check: %d pages, the root has %d\n", nr_free,
            le2page(root, page_link)->property);
}

const struct pmm_manager best_fit_pmm_manager = {
    .name = "best_tree",
    .init = tree_init,
    .init_memmap = tree_init_memmap,
    .alloc_pages = tree_alloc_pages,
    .free_pages = tree_free_pages,
    .nr_free_pages = tree_nr_free_pages,
    .check = tree_check,
};
