/*
 * ring_pmm.c - next fit on a ring of free blocks, linked one way only.
 *
 * The ring is in the order of addresses; each search starts where the last one
 * ended. A request for no pages is taken for a mistake of the caller.
 * O(free blocks).
 */
#include "defs.h"
#include "list.h"
#include "pmm.h"
#include "stdio.h"

enum { NONE, ROVER_STAYS_ON_A_TAKEN_BLOCK, NONE_FOUND_IS_A_BLOCK };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

/* The head is an element without pages; only `next` is used. */
static struct {
    list_entry_t head, *rover;
    size_t nr_free;
} ring;

#define block_at(le) le2page(le, page_link)

static void
ring_init(void) {
    ring.head.next = ring.rover = &ring.head;
    ring.nr_free = 0;
}

/* The last element that lies below the page; the head lies below all. */
static list_entry_t *
element_below(struct Page *page) {
    list_entry_t *le = &ring.head;
    if (ring.rover != &ring.head && block_at(ring.rover) < page) {
        le = ring.rover;
    }
    while (le->next != &ring.head && block_at(le->next) < page) {
        le = le->next;
    }
    return le;
}

static void
insert_block(struct Page *base, size_t n) {
    list_entry_t *below = element_below(base), *above = below->next;
    assert(above == &ring.head || base + n <= block_at(above));
    base->property = n;
    SetPageProperty(base);
    base->page_link.next = above;
    below->next = &base->page_link;
    if (ring.rover == below) {
        ring.rover = &base->page_link;
    }
    if (above != &ring.head && base + n == block_at(above)) {
        base->property += block_at(above)->property;
        base->page_link.next = above->next;
        ClearPageProperty(block_at(above));
        ring.rover = ring.rover == above ? &base->page_link : ring.rover;
    }
    if (below != &ring.head && block_at(below) + block_at(below)->property == base) {
        block_at(below)->property += base->property;
        below->next = base->page_link.next;
        ClearPageProperty(base);
        ring.rover = ring.rover == &base->page_link ? below : ring.rover;
    }
    ring.nr_free += n;
}

static void
ring_init_memmap(struct Page *base, size_t n) {
    assert(n > 0);
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        set_page_ref(p, 0);
    }
    insert_block(base, n);
}

static struct Page *
take(list_entry_t *before, size_t n) {
    list_entry_t *le = before->next;
    struct Page *page = block_at(le);
    list_entry_t *behind = le->next;
    if (page->property > n) {
        struct Page *rest = page + n;
        rest->property = page->property - n;
        SetPageProperty(rest);
        rest->page_link.next = behind;
        behind = &rest->page_link;
    }
    before->next = behind;
    if (MISTAKE != ROVER_STAYS_ON_A_TAKEN_BLOCK || ring.rover != le) {
        ring.rover = before;
    }
    ClearPageProperty(page);
    page->property = 0;
    ring.nr_free -= n;
    return page;
}

static struct Page *
ring_alloc_pages(size_t n) {
    assert(n > 0);
    if (n > ring.nr_free) {
        return NULL;
    }
    list_entry_t *before = ring.rover;
    do {
        list_entry_t *le = before->next;
        if (le != &ring.head && block_at(le)->property >= n) {
            return take(before, n);
        }
        before = le;
    } while (before != ring.rover);
    return MISTAKE == NONE_FOUND_IS_A_BLOCK ? block_at(&ring.head) : NULL;
}

static void
ring_free_pages(struct Page *base, size_t n) {
    assert(n > 0 && !PageReserved(base));
    for (struct Page *p = base; p < base + n; p++) {
        assert(page_ref(p) == 0);
        p->flags = 0;
    }
    insert_block(base, n);
}

static size_t
ring_nr_free_pages(void) {
    return ring.nr_free;
}

/* Next fit moves on: a page that was just freed is not the next one granted. */
static void
ring_check(void) {
    size_t before = nr_free_pages(), blocks = 0;
    for (list_entry_t *le = ring.head.next; le != &ring.head; le = le->next) {
        assert(PageProperty(block_at(le)));
        blocks++;
    }
    struct Page *a = alloc_pages(3), *b = alloc_page(), *c;
    assert(a != NULL && b != NULL && b != a);
    page_ref_inc(b);
    assert(page_ref(b) == 1 && page_ref_dec(b) == 0);
    free_pages(a, 3);
    c = alloc_page();
    assert(c != NULL && c != a);
    free_page(b);
    free_page(c);
    list_entry_t *le = &ring.head;
    while ((le = le->next) != &ring.head) {
        blocks--;
    }
    assert(blocks == 0 && nr_free_pages() == before);

    list_entry_t head_aside = ring.head, *rover_aside = ring.rover;
    size_t count_aside = ring.nr_free;
    ring_init();
    assert(alloc_page() == NULL);
    ring.head = head_aside;
    ring.rover = rover_aside;
    ring.nr_free = count_aside;
    cprintf("ring check: %d pages free\n", nr_free_pages());
}

const struct pmm_manager default_pmm_manager = {
    .name = "ring",
    .init = ring_init,
    .init_memmap = ring_init_memmap,
    .alloc_pages = ring_alloc_pages,
    .free_pages = ring_free_pages,
    .nr_free_pages = ring_nr_free_pages,
    .check = ring_check,
};
