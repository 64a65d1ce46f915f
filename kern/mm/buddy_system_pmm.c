/*
 * buddy_system_pmm.c - the binary buddy system: blocks of 2^k pages, a list for each k.
 *
 * A block of 2^k pages starts at a page number that is a multiple of 2^k; its
 * buddy is the block whose number differs in bit k alone. Two free buddies are
 * merged at once, and nothing else ever is: equal neighbours that are not
 * buddies stay two. alloc and free are O(MAX_ORDER).
 * Source: Knowlton, "A fast storage allocator", CACM 8(10), 1965; Knuth, The Art
 * of Computer Programming, volume 1, section 2.5, algorithms R and S.
 *
 *   S1  a free block is on the list of its order; PG_property marks its head,
 *       and `property` is 2^order.
 *   S2  PG_head marks the first frame of a granted block, and `property` is its order.
 *   S3  no two free blocks of one order below the top are buddies.
 */
#include "buddy_system_pmm.h"
#include "basic_check.h"
#include "bits.h"
#include "stdio.h"

#define TOP_ORDER (MAX_ORDER - 1)

static struct {
    list_entry_t free_list[MAX_ORDER]; /* the blocks of each order */
    unsigned int nr_free;              /* pages in all of them */
} buddy;

static void
buddy_init(void) {
    for (unsigned k = 0; k < MAX_ORDER; k++) {
        list_init(&buddy.free_list[k]);
    }
    buddy.nr_free = 0;
}

/* Put a block on the list of its order; the last one put is the first one taken. */
static void
list_block(struct Page *head, unsigned k) {
    head->flags = (uint64_t)1 << PG_property;
    head->property = 1U << k;
    list_add(&buddy.free_list[k], &head->page_link);
}

/* The free buddy of the block of `size` pages at page number `ppn`, or NULL. */
static struct Page *
free_buddy(ppn_t ppn, unsigned size) {
    /* SLOT buddy_system.buddy: where would it be? Is it there, free, and as large? */
    ppn_t other = ppn ^ size;
    if (other - nbase >= npage - nbase) { /* below nbase the difference is huge */
        return NULL;
    }
    struct Page *head = &pages[other - nbase];
    return PageProperty(head) && head->property == size ? head : NULL;
    /* SLOT buddy_system.buddy ends; until it is written: (void)ppn; (void)size; return NULL; */
}

/* List the block of order k at `ppn`, merged with its buddies as far up as they are free. */
static inline void
merge_block(ppn_t ppn, unsigned k) {
    /* SLOT buddy_system.merge: while the buddy is free, unlist it: the two are one block. */
    unsigned size = 1U << k;
    while (k < TOP_ORDER) {
        struct Page *other = free_buddy(ppn, size);
        if (other == NULL) {
            break;
        }
        list_del(&other->page_link);
        other->flags = 0;
        ppn &= ~(ppn_t)size;
        size *= 2;
        k++;
    }
    /* SLOT buddy_system.merge ends; until it is written: (void)free_buddy; */
    list_block(&pages[ppn - nbase], k);
}

/* Cut [base, base + n) into the largest blocks that fit and are aligned to their size. O(n). */
static void
buddy_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->property = 0;
        p->ref = 0;
    }
    /* SLOT buddy_system.cut: count the pages; merge_block() each block, the highest one first. */
    ppn_t end = page2ppn(base) + n;
    buddy.nr_free += (unsigned)n;
    while (n > 0) {
        /* From the top down: lists are last in, first out, so low memory is granted first. */
        unsigned k = 0;
        while (k < TOP_ORDER && (2U << k) <= n && (end & ((2U << k) - 1)) == 0) {
            k++;
        }
        end -= (ppn_t)1 << k;
        n -= (size_t)1 << k;
        merge_block(end, k);
    }
    /* SLOT buddy_system.cut ends */
}

/* The order of the smallest blocks that hold n pages; MAX_ORDER: none do. */
static unsigned
order_for(size_t n) {
    return n - 1 < (size_t)1 << TOP_ORDER ? log2_ceil(n) : MAX_ORDER;
}

static size_t
buddy_grant(size_t n) {
    return order_for(n) == MAX_ORDER ? 0 : (size_t)1 << order_for(n);
}

static struct Page *
buddy_alloc_pages(size_t n) {
    unsigned order = order_for(n);
    if (1U << order > buddy.nr_free) {
        return NULL;
    }
    /* SLOT buddy_system.split: halve a smallest block that will do until it fits; count; S2. */
    unsigned k = order;
    list_entry_t *list = &buddy.free_list[k];
    while (k < MAX_ORDER && list_empty(list)) {
        k++;
        list++;
    }
    if (k == MAX_ORDER) {
        return NULL;
    }
    struct Page *head = le2page(list_next(list), page_link);
    list_del(&head->page_link);
    buddy.nr_free -= 1U << order;
    while (k > order) {
        k--;
        list_block(head + (1U << k), k);
    }
    head->property = order;
    head->flags = (uint64_t)1 << PG_head;
    return head;
    /* SLOT buddy_system.split ends; until it is written: return NULL; */
}

/* n, as it was asked for, is more than half of the block: else it would have got a smaller one. */
static void
buddy_free_pages(struct Page *base, size_t n) {
    unsigned order = base->property;
    if (base->flags != (uint64_t)1 << PG_head || n > 1U << order || 2 * n <= 1U << order) {
        panic("P8: page %#zx does not start a grant for %zu pages", page2ppn(base), n);
    }
    base->flags = 0;
    buddy.nr_free += 1U << order;
    merge_block(page2ppn(base), order);
}

static size_t
buddy_nr_free_pages(void) {
    return buddy.nr_free;
}

/*
 * Live blocks are disjoint, so at most one aligned candidate is a live head
 * whose order reaches up to `page`.
 */
struct Page *
compound_head(struct Page *page) {
    ppn_t ppn = page2ppn(page);
    for (unsigned k = 0; k < MAX_ORDER; k++) {
        ppn_t candidate = ppn & ~(((ppn_t)1 << k) - 1);
        if (candidate < nbase) {
            break;
        }
        struct Page *head = &pages[candidate - nbase];
        if (PageHead(head) && head->property >= k) {
            return head;
        }
    }
    return page;
}

unsigned
compound_order(const struct Page *page) {
    return PageHead(page) ? page->property : 0;
}

bool
PageTail(struct Page *page) {
    return compound_head(page) != page;
}

static void
buddy_for_each_free(pmm_visit_t visit, void *arg) {
    for (unsigned k = 0; k < MAX_ORDER; k++) {
        list_for_each (le, &buddy.free_list[k]) {
            visit(le2page(le, page_link), (size_t)1 << k, arg);
        }
    }
}

#define BLOCKS_SHOWN 6 /* of each order */

static void
__dump_list(void) {
    for (unsigned k = 0; k < MAX_ORDER; k++) {
        unsigned count = 0, shown = 0;
        list_for_each (le, &buddy.free_list[k]) {
            count++;
        }
        cprintf("  order %2u  %5u x %4u pages", k, count, 1U << k);
        list_for_each (le, &buddy.free_list[k]) {
            if (shown == BLOCKS_SHOWN) {
                cprintf(" +%u", count - shown);
                break;
            }
            cprintf(" %#zx", page2ppn(le2page(le, page_link)));
            shown++;
        }
        cprintf("\n");
    }
    cprintf("  %u pages free\n", buddy.nr_free);
}

static void
buddy_check(void) {
    basic_check_run(
        &(struct basic_check){&buddy_system_pmm_manager, &buddy.nr_free, .show = false});
}

static void
buddy_basic_check(void) {
    basic_check_run(&(struct basic_check){&buddy_system_pmm_manager, &buddy.nr_free, .show = true});
}

const struct pmm_manager buddy_system_pmm_manager = {
    .name = "buddy_system",
    .init = buddy_init,
    .init_memmap = buddy_init_memmap,
    .alloc_pages = buddy_alloc_pages,
    .free_pages = buddy_free_pages,
    .nr_free_pages = buddy_nr_free_pages,
    .check = buddy_check,
    .basic_check = buddy_basic_check,
    .dump_list = __dump_list,
    .grant = buddy_grant,
    .for_each_free = buddy_for_each_free,
};
