/*
 * bitmap_orders.h - the free blocks of a buddy system as bits beside pages[], for the bitmap_*
 * policies.
 *
 * O1  for each order k a set of numbers says which blocks of 2^k pages are free:
 *     `number` is the block's page number / 2^k, less that of the first block.
 * O2  no two free blocks of one order below the top are buddies; no bit is ever set
 *     for a block with a page that init_memmap was not given.
 * O3  bit k of `nonempty` says that the set of order k is not empty; nr_free is the
 *     pages of all of them.
 *
 * There are as many orders as there are powers of two up to the number of frames.
 */
#ifndef KERN_MM_BITMAP_ORDERS_H
#define KERN_MM_BITMAP_ORDERS_H

#include "bit_tree.h"
#include "pmm.h"
#include "stdio.h"

#ifndef BITMAP_ORDERS
#define BITMAP_ORDERS 45 /* page numbers have at most 44 bits */
#endif

struct bitmap_orders {
    struct bitmap_order {
        size_t
            first; /* number 0: page number / 2^k of an even block, so that buddies share a word */
        struct bit_tree free;
    } order[BITMAP_ORDERS];
    unsigned n; /* orders; 0: no memory yet */
    unsigned int nr_free;
    uint64_t nonempty;
};

static void
orders_init(struct bitmap_orders *o) {
    o->n = 0;
    o->nr_free = 0;
    o->nonempty = 0;
}

/* Bytes that the bits for so many frames take at most, wherever the first of them is. */
static size_t
orders_bytes(size_t frames) {
    size_t words = 0;
    for (unsigned k = 0; frames >> k != 0; k++) {
        words += tree_words(((frames - 1) >> k) + 3);
    }
    return words * sizeof(uint64_t);
}

/* Lay the sets out, all of them empty, for page numbers nbase to npage - 1. */
static void
orders_start(struct bitmap_orders *o) {
    uint64_t *memory = pmm_metadata;
    for (o->n = 0; (npage - nbase) >> o->n != 0; o->n++) {
        struct bitmap_order *at = &o->order[o->n];
        at->first = nbase >> o->n & ~(size_t)1;
        size_t n = ((npage - 1) >> o->n) - at->first + 1;
        tree_init(&at->free, n, memory);
        memory += tree_words(n);
    }
}

static void
orders_add(struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    struct bitmap_order *at = &o->order[k];
    tree_add(&at->free, (ppn >> k) - at->first);
    o->nonempty |= (uint64_t)1 << k;
}

static void
orders_remove(struct bitmap_orders *o, size_t number, unsigned k) {
    if (tree_remove(&o->order[k].free, number)) {
        o->nonempty &= ~((uint64_t)1 << k);
    }
}

/* Take the lowest free block of order k, of which there are some: its page number. */
static ppn_t
orders_take(struct bitmap_orders *o, unsigned k) {
    size_t number = tree_lowest(&o->order[k].free);
    orders_remove(o, number, k);
    return (number + o->order[k].first) << k;
}

/* The order of the blocks that hold n pages; there is none if it is not below o->n. */
static unsigned
orders_for(const struct bitmap_orders *o, size_t n) {
    return n == 0 || n > npage - nbase ? o->n : log2_ceil(n);
}

/* Is this a free block of order k? */
static bool
orders_free(const struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    return tree_has(&o->order[k].free, (ppn >> k) - o->order[k].first);
}

/* Make the block of order k at `ppn` free, merged with its buddies as far up as they are free. */
static void
orders_merge(struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    o->nr_free += 1U << k;
    for (; k + 1 < o->n; k++) {
        size_t buddy = ((ppn >> k) - o->order[k].first) ^ 1;
        if (!tree_has(&o->order[k].free, buddy)) {
            break;
        }
        orders_remove(o, buddy, k);
    }
    orders_add(o, ppn, k);
}

/* Make the n pages from `ppn` on free, cut into the largest blocks that are aligned to their size.
 */
static void
orders_merge_run(struct bitmap_orders *o, ppn_t ppn, size_t n) {
    while (n > 0) {
        unsigned k = bit_highest(n);
        if (ppn != 0 && bit_lowest(ppn) < k) {
            k = bit_lowest(ppn);
        }
        k = k < o->n ? k : o->n - 1;
        orders_merge(o, ppn, k);
        ppn += (ppn_t)1 << k;
        n -= (size_t)1 << k;
    }
}

/* Take in frames that arrive reserved. O(log n + npage / 4096). */
static void
orders_add_memory(struct bitmap_orders *o, struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->ref = 0;
    }
    if (o->n == 0) {
        orders_start(o);
    }
    orders_merge_run(o, page2ppn(base), n);
}

static struct Page *
orders_page(ppn_t ppn) {
    return &pages[ppn - nbase];
}

static void
orders_visit(const struct bitmap_orders *o, pmm_visit_t visit, void *arg) {
    for (unsigned k = 0; k < o->n; k++) {
        const struct bitmap_order *at = &o->order[k];
        if ((o->nonempty >> k & 1) == 0) {
            continue;
        }
        for (size_t i = tree_lowest(&at->free); i != SIZE_MAX; i = tree_next(&at->free, i)) {
            visit(orders_page((i + at->first) << k), (size_t)1 << k, arg);
        }
    }
}

#define BLOCKS_SHOWN 6 /* of each order, by orders_dump */

static void
orders_dump(const struct bitmap_orders *o) {
    for (unsigned k = 0; k < o->n; k++) {
        const struct bitmap_order *at = &o->order[k];
        size_t count = 0, shown[BLOCKS_SHOWN];
        size_t i = (o->nonempty >> k & 1) != 0 ? tree_lowest(&at->free) : SIZE_MAX;
        for (; i != SIZE_MAX; i = tree_next(&at->free, i)) {
            if (count < BLOCKS_SHOWN) {
                shown[count] = (i + at->first) << k;
            }
            count++;
        }
        cprintf("  order %2u  %5zu x %5zu pages", k, count, (size_t)1 << k);
        for (i = 0; i < count && i < BLOCKS_SHOWN; i++) {
            cprintf(" %#zx", shown[i]);
        }
        if (count > BLOCKS_SHOWN) {
            cprintf(" +%zu", count - BLOCKS_SHOWN);
        }
        cprintf("\n");
    }
    cprintf("  %u pages free\n", o->nr_free);
}

#endif
