/*
 * page_list_buddy_pmm.c - a binary buddy system that needs no page descriptors.
 *
 * Free blocks of 2^k bytes are remembered by their addresses, in list pages that
 * are themselves taken from memory (page_list.h): each order has a list. A list
 * without room for one more block gets its next page from that very block, which
 * becomes the page or is split for it: so free needs no memory but what it is
 * given, and cannot fail. A list page that falls empty is freed like any other
 * page; those that were taken from the start of memory stay.
 *
 *   B1  free blocks are aligned to their size, and no two of one order below the
 *       top are buddies, outside of a call.
 *   B2  total = nr_free + granted + list_pages.
 *   B3  a list page is in one list, as page or spare, or on `idle`; `idle` is
 *       empty outside of a call.
 *   B4  no list page is in a free block.
 *
 * alloc is O(orders), with the returning of empty list pages O(orders) each; free
 * is O(free blocks), for the search of the buddy in a list; -DPAGE_LIST_INDEXED
 * makes it O(orders). The idea is that of a systems kernel that had to allocate
 * before it had descriptors; the buddy system's sources are in buddy_system_pmm.c.
 */
#include "page_list_buddy_pmm.h"
#include "basic_check.h"
#include "bits.h"
#include "bump.h"
#include "page_list.h"
#include "string.h"

#define LOW_ORDER PGSHIFT /* a block of the lowest order serves as a list page */
#define TOP_ORDER (PAGE_LIST_TOP - 1)
#define ORDERS    (PAGE_LIST_TOP - LOW_ORDER)

static_assert(ORDERS >= 1 && ORDERS <= PAGE_LIST_ENTRIES);

static struct {
    struct page_list list[PAGE_LIST_TOP]; /* of each order, from LOW_ORDER on */
    uintptr_t idle;                       /* lent list pages that fell empty during this call */
    unsigned int nr_free;                 /* pages in all lists' blocks */
    size_t total, granted, list_pages;
    size_t ranges; /* that memory came in */
} buddy;

static void
page_list_buddy_init(void) {
    memset(&buddy, 0, sizeof(buddy));
    buddy.idle = NO_LIST_PAGE;
    for (unsigned k = LOW_ORDER; k <= TOP_ORDER; k++) {
        page_list_init(&buddy.list[k], k);
    }
}

/* Enter a block whose pages count as free already. O(1), or O(orders^2) when it lends a page. */
static void
list_block(uintptr_t block, unsigned k) {
    struct page_list *list = &buddy.list[k];
    if (!page_list_has_room(list)) {
        if (buddy.idle == NO_LIST_PAGE) {
            page_list_lend(list, block);
            buddy.nr_free--;
            buddy.list_pages++;
            for (unsigned low = LOW_ORDER; low < k; low++) {
                list_block(block + block_bytes(low), low);
            }
            return;
        }
        page_list_lend(list, list_page_unlink(&buddy.idle));
    }
    page_list_push(list, block);
}

static void
merge_block(uintptr_t block, unsigned k) {
    struct list_place at;
    buddy.nr_free += block_pages(k);
    while (k < TOP_ORDER && page_list_find(&buddy.list[k], block ^ block_bytes(k), &at)) {
        page_list_remove(&buddy.list[k], at, &buddy.idle);
        block &= ~block_bytes(k);
        k++;
    }
    list_block(block, k);
}

/* Free what has fallen idle. Each round leaves one list page less, or none idle. */
static void
merge_idle(void) {
    while (buddy.idle != NO_LIST_PAGE) {
        uintptr_t page = list_page_unlink(&buddy.idle);
        buddy.list_pages--;
        merge_block(page, LOW_ORDER);
    }
}

/*
 * List pages that order k keeps: room for as many blocks as it can have when all
 * memory is free, and then no list has more (docs/decisions/lists-in-memory-pages.md).
 */
static size_t
pages_to_keep(unsigned k) {
    size_t most =
        k == TOP_ORDER ? buddy.total / block_pages(TOP_ORDER) : 2 * buddy.ranges + ORDERS - 1;
    return most == 0 ? 1 : ROUNDUP(most, PAGE_LIST_ENTRIES) / PAGE_LIST_ENTRIES;
}

/* All of the range, if it ends before every list has its pages; a later one goes on. */
static void
keep_list_pages(struct bump *range) {
    for (unsigned k = LOW_ORDER; k <= TOP_ORDER; k++) {
        uintptr_t pa;
        while (buddy.list[k].kept < pages_to_keep(k) && bump_take(range, &pa)) {
            page_list_keep(&buddy.list[k], pa);
            buddy.list_pages++;
        }
    }
}

/* List pages from the start of the range, the rest cut into the largest aligned blocks. O(n). */
static void
page_list_buddy_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        p->ref = 0;
    }
    struct bump range = {page2pa(base), page2pa(base) + n * PGSIZE};
    buddy.total += n;
    buddy.ranges++;
    keep_list_pages(&range);
    while (range.next < range.end) {
        /* From the top down: lists are last in, first out, so low memory is granted first. */
        unsigned k = LOW_ORDER;
        while (k < TOP_ORDER && block_bytes(k + 1) <= range.end - range.next &&
               range.end % block_bytes(k + 1) == 0) {
            k++;
        }
        range.end -= block_bytes(k);
        merge_block(range.end, k);
        merge_idle();
    }
}

static size_t
page_list_buddy_grant(size_t n) {
    return n == 0 || n > block_pages(TOP_ORDER) ? 0 : (size_t)1 << log2_ceil(n);
}

static struct Page *
page_list_buddy_alloc_pages(size_t n) {
    size_t granted = page_list_buddy_grant(n);
    if (granted == 0 || granted > buddy.nr_free) {
        return NULL;
    }
    unsigned order = LOW_ORDER + log2_ceil(n);
    unsigned k = order;
    while (k <= TOP_ORDER && buddy.list[k].blocks == 0) {
        k++;
    }
    if (k > TOP_ORDER) {
        return NULL;
    }
    struct list_place at = page_list_last(&buddy.list[k]);
    uintptr_t block = at.page->block[at.i];
    assert(block % block_bytes(k) == 0); /* H3 */
    page_list_remove(&buddy.list[k], at, &buddy.idle);
    while (k > order) {
        k--;
        list_block(block + block_bytes(k), k);
    }
    buddy.nr_free -= (unsigned)granted;
    buddy.granted += granted;
    merge_idle();
    return pa2page(block);
}

static void
page_list_buddy_free_pages(struct Page *base, size_t n) {
    size_t granted = page_list_buddy_grant(n);
    if (granted == 0 || granted > buddy.granted || page2ppn(base) % granted != 0 ||
        PageReserved(base)) {
        panic("P8: page %#zx does not start a grant for %zu pages", page2ppn(base), n);
    }
    buddy.granted -= granted;
    merge_block(page2pa(base), LOW_ORDER + log2_ceil(granted));
    merge_idle();
}

static size_t
page_list_buddy_nr_free_pages(void) {
    return buddy.nr_free;
}

static size_t
page_list_buddy_overhead(void) {
    return buddy.list_pages;
}

struct page_list_usage
page_list_buddy_usage(void) {
    return (struct page_list_usage){buddy.total, buddy.nr_free, buddy.granted, buddy.list_pages};
}

static void
page_list_buddy_for_each_free(pmm_visit_t visit, void *arg) {
    for (unsigned k = LOW_ORDER; k <= TOP_ORDER; k++) {
        page_list_visit(&buddy.list[k], visit, arg);
    }
}

static void
__dump_list(void) {
    for (unsigned k = LOW_ORDER; k <= TOP_ORDER; k++) {
        page_list_print(&buddy.list[k]);
    }
    cprintf("  %u pages free + %zu granted + %zu list pages = %zu\n", buddy.nr_free, buddy.granted,
            buddy.list_pages, buddy.total);
}

static void
page_list_buddy_check(void) {
    basic_check_run(
        &(struct basic_check){&page_list_buddy_pmm_manager, &buddy.nr_free, .show = false});
}

static void
page_list_buddy_basic_check(void) {
    basic_check_run(
        &(struct basic_check){&page_list_buddy_pmm_manager, &buddy.nr_free, .show = true});
}

const struct pmm_manager page_list_buddy_pmm_manager = {
    .name = "page_list_buddy",
    .init = page_list_buddy_init,
    .init_memmap = page_list_buddy_init_memmap,
    .alloc_pages = page_list_buddy_alloc_pages,
    .free_pages = page_list_buddy_free_pages,
    .nr_free_pages = page_list_buddy_nr_free_pages,
    .check = page_list_buddy_check,
    .basic_check = page_list_buddy_basic_check,
    .dump_list = __dump_list,
    .grant = page_list_buddy_grant,
    .overhead = page_list_buddy_overhead,
    .for_each_free = page_list_buddy_for_each_free,
};
