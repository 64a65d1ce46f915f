/*
 * page_list.h - a set of free blocks, kept as physical addresses in list pages.
 *
 * A list page is a page of memory: how many entries it has, where the next list
 * page is, and the entries. KADDR alone leads to one, on every side. The set
 * asks for no memory: its owner gives it pages and takes them back.
 *
 *   L1  every list page behind the first is full;
 *   L2  the first may be empty although others follow only until an entry is
 *       removed: then it leaves the list;
 *   L3  pages leave in the reverse order of their coming, so that the kept ones
 *       are the last to leave; these go to `spare` and are the first to come back.
 *
 * push and pop are O(1). To find a block, all entries are searched, O(blocks);
 * with -DPAGE_LIST_INDEXED the descriptor of a free block's first frame says
 * where its entry is, and finding is O(1), too:
 *
 *   L4  `flags` is the list page's address with PG_listed set, `property` is
 *       the order << 16 | the number of the entry; all is 0 in a granted frame.
 */
#ifndef KERN_MM_PAGE_LIST_H
#define KERN_MM_PAGE_LIST_H

#include "pmm.h"
#include "stdio.h"

#ifndef PAGE_LIST_ENTRIES
#define PAGE_LIST_ENTRIES 510 /* as many as a page has room for */
#endif

#define NO_LIST_PAGE UINTPTR_MAX /* 0 may well be a page */

struct list_page {
    uint64_t n;
    uint64_t next; /* physical address, or NO_LIST_PAGE */
    uint64_t block[PAGE_LIST_ENTRIES];
};
static_assert(sizeof(struct list_page) <= PGSIZE);

struct page_list {
    unsigned order;
    size_t blocks;
    uintptr_t first, spare; /* physical addresses: the page with room; empty kept ones */
    size_t pages, kept;     /* list pages, `spare` included; and how many of them never go back */
};

/* An entry: block[i] of `page`. */
struct list_place {
    struct list_page *page;
    size_t i;
};

static uintptr_t
block_bytes(unsigned order) {
    return (uintptr_t)1 << order;
}

static unsigned
block_pages(unsigned order) {
    return 1U << (order - PGSHIFT);
}

static struct list_page *
list_page_at(uintptr_t pa) {
    return KADDR(pa);
}

static void
page_list_init(struct page_list *list, unsigned order) {
    *list = (struct page_list){.order = order, .first = NO_LIST_PAGE, .spare = NO_LIST_PAGE};
}

/* Put the page at `pa`, which becomes empty, before those at *head. */
static void
list_page_link(uintptr_t *head, uintptr_t pa) {
    list_page_at(pa)->n = 0;
    list_page_at(pa)->next = *head;
    *head = pa;
}

static uintptr_t
list_page_unlink(uintptr_t *head) {
    uintptr_t pa = *head;
    *head = list_page_at(pa)->next;
    return pa;
}

/* Give the list a page to keep, whatever was in it. */
static void
page_list_keep(struct page_list *list, uintptr_t pa) {
    list_page_link(list->first == NO_LIST_PAGE ? &list->first : &list->spare, pa);
    list->pages++;
    list->kept++;
}

/* Lend a page to a list without room; page_list_remove gives it back. */
static void
page_list_lend(struct page_list *list, uintptr_t pa) {
    list_page_link(&list->first, pa);
    list->pages++;
}

/* Is there room for an entry, if need be in a spare page? */
static bool
page_list_has_room(struct page_list *list) {
    if (list_page_at(list->first)->n == PAGE_LIST_ENTRIES && list->spare != NO_LIST_PAGE) {
        list_page_link(&list->first, list_page_unlink(&list->spare));
    }
    return list_page_at(list->first)->n < PAGE_LIST_ENTRIES;
}

#ifdef PAGE_LIST_INDEXED

#define PG_listed 2

PAGE_FLAG(Listed, PG_listed)

static void
list_place_note(const struct page_list *list, struct list_place at) {
    struct Page *head = pa2page(at.page->block[at.i]);
    head->flags = PADDR(at.page);
    head->property = list->order << 16 | (unsigned)at.i;
    SetPageListed(head);
}

static void
list_place_forget(uintptr_t block) {
    struct Page *head = pa2page(block);
    head->flags = 0;
    head->property = 0;
}

static bool
page_list_find(const struct page_list *list, uintptr_t block, struct list_place *at) {
    ppn_t ppn = block >> PGSHIFT;
    if (ppn < nbase || ppn >= npage) {
        return false;
    }
    const struct Page *head = &pages[ppn - nbase];
    if (!PageListed(head) || head->property >> 16 != list->order) {
        return false;
    }
    at->page = list_page_at(ROUNDDOWN(head->flags, PGSIZE));
    at->i = head->property & 0xffff;
    return true;
}

#else

static void
list_place_note(const struct page_list *list, struct list_place at) {
    (void)list;
    (void)at;
}

static void
list_place_forget(uintptr_t block) {
    (void)block;
}

static bool
page_list_find(const struct page_list *list, uintptr_t block, struct list_place *at) {
    for (uintptr_t pa = list->first; pa != NO_LIST_PAGE; pa = at->page->next) {
        at->page = list_page_at(pa);
        for (at->i = 0; at->i < at->page->n; at->i++) {
            if (at->page->block[at->i] == block) {
                return true;
            }
        }
    }
    return false;
}

#endif

/* Add a block to a list that has room. */
static void
page_list_push(struct page_list *list, uintptr_t block) {
    struct list_page *page = list_page_at(list->first);
    struct list_place at = {page, page->n++};
    page->block[at.i] = block;
    list_place_note(list, at);
    list->blocks++;
}

/* The entry that was added last, of a list that is not empty. */
static struct list_place
page_list_last(const struct page_list *list) {
    struct list_page *page = list_page_at(list->first);
    if (page->n == 0) {
        page = list_page_at(page->next);
    }
    return (struct list_place){page, page->n - 1};
}

/* Remove an entry: the last one takes its place. A lent page that falls empty goes to *idle. */
static void
page_list_remove(struct page_list *list, struct list_place at, uintptr_t *idle) {
    struct list_place last = page_list_last(list);
    list_place_forget(at.page->block[at.i]);
    if (at.page != last.page || at.i != last.i) {
        at.page->block[at.i] = last.page->block[last.i];
        list_place_note(list, at);
    }
    last.page->n--;
    list->blocks--;

    const struct list_page *first = list_page_at(list->first);
    if (first->n == 0 && first->next != NO_LIST_PAGE) {
        bool lent = list->pages > list->kept;
        list->pages -= lent;
        list_page_link(lent ? idle : &list->spare, list_page_unlink(&list->first));
    }
}

static void
page_list_visit(const struct page_list *list, pmm_visit_t visit, void *arg) {
    for (uintptr_t pa = list->first; pa != NO_LIST_PAGE; pa = list_page_at(pa)->next) {
        const struct list_page *page = list_page_at(pa);
        for (size_t i = 0; i < page->n; i++) {
            visit(pa2page(page->block[i]), block_pages(list->order), arg);
        }
    }
}

#define BLOCKS_SHOWN 8 /* by page number: those that are granted next */

static void
page_list_print(const struct page_list *list) {
    cprintf("  order %u  %5zu x %6u pages, list pages %zu:", list->order, list->blocks,
            block_pages(list->order), list->pages);
    size_t shown = 0;
    if (list->blocks > 0) {
        struct list_place last = page_list_last(list);
        for (; shown < BLOCKS_SHOWN && shown <= last.i; shown++) {
            cprintf(" %#zx", (size_t)last.page->block[last.i - shown] >> PGSHIFT);
        }
    }
    if (shown < list->blocks) {
        cprintf(" +%zu", list->blocks - shown);
    }
    cprintf("\n");
}

#endif
