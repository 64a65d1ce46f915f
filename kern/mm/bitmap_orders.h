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
    size_t most; /* pages of a block of the largest order; 0: no memory yet */
    unsigned int nr_free;
    uint64_t nonempty;
};

static void
orders_init(struct bitmap_orders *o) {
    o->most = 0;
    o->nr_free = 0;
    o->nonempty = 0;
}

/*
 * Numbers in the set of order k for so many frames, wherever they begin: number 0 may be
 * a block that begins before them, and the block before that, as it is even.
 */
static size_t
order_numbers(size_t frames, unsigned k) {
    return (frames >> k) + 2;
}

/* Bytes that all sets take. */
static size_t
orders_bytes(size_t frames) {
    size_t words = 0;
    for (unsigned k = 0; frames >> k != 0; k++) {
        words += tree_words(order_numbers(frames, k));
    }
    return words * sizeof(uint64_t);
}

/* Lay the sets out, all of them empty, for page numbers nbase to npage - 1. */
static void
orders_start(struct bitmap_orders *o) {
    uint64_t *memory = pmm_metadata;
    size_t frames = npage - nbase;
    o->most = (size_t)1 << bit_highest(frames);
    for (unsigned k = 0; frames >> k != 0; k++) {
        struct bitmap_order *at = &o->order[k];
        size_t n = order_numbers(frames, k);
        at->first = nbase >> k & ~(size_t)1;
        tree_init(&at->free, n, memory);
        memory += tree_words(n);
    }
}

/* The block at `ppn` in the set of its order. */
static inline size_t
order_number(const struct bitmap_order *at, ppn_t ppn, unsigned k) {
    return (ppn >> k) - at->first;
}

/* Is there a free block of order k at `ppn`? */
static inline bool
orders_has(const struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    return tree_has(&o->order[k].free, order_number(&o->order[k], ppn, k));
}

/* Take block i out of the set of order k, `at`. */
static inline void
orders_remove(struct bitmap_orders *o, struct bitmap_order *at, size_t i, unsigned k) {
    if (tree_remove(&at->free, i)) {
        o->nonempty &= ~bit_of(k);
    }
}

/* Take the lowest free block of order k, of which there are some: its page number. */
static inline ppn_t
orders_take(struct bitmap_orders *o, unsigned k) {
    struct bitmap_order *at = &o->order[k];
    size_t i = tree_lowest(&at->free);
    orders_remove(o, at, i, k);
    return (i + at->first) << k;
}

/*
 * Of a block of order k at `ppn` keep the lowest one of order `to`; the upper halves
 * become free.
 */
static inline void
orders_split(struct bitmap_orders *o, ppn_t ppn, unsigned k, unsigned to) {
    o->nonempty |= bit_of(k) - bit_of(to);
    while (k-- > to) {
        struct bitmap_order *at = &o->order[k];
        tree_add(&at->free, order_number(at, ppn, k) + 1);
    }
}

/*
 * Make the block of order k at `ppn` free, merged with its buddies as far up as they
 * are: there are never two of the top order in memory.
 */
static inline void
orders_merge(struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    struct bitmap_order *at = &o->order[k];
    unsigned int size = 1U << k;
    size_t i = order_number(at, ppn, k);
    while (tree_has(&at->free, i ^ 1)) {
        orders_remove(o, at, i ^ 1, k);
        at++;
        k++;
        i = order_number(at, ppn, k);
    }
    tree_add(&at->free, i);
    o->nonempty |= bit_of(k);
    o->nr_free += size;
}

/* Make the n pages from `ppn` on free, in the largest blocks that are aligned to their size. */
static void
orders_merge_run(struct bitmap_orders *o, ppn_t ppn, size_t n) {
    while (n > 0) {
        unsigned k = bit_highest(n);
        if (ppn != 0 && bit_lowest(ppn) < k) {
            k = bit_lowest(ppn);
        }
        orders_merge(o, ppn, k);
        ppn += (ppn_t)1 << k;
        n -= (size_t)1 << k;
    }
}

/* Take frames in, and nothing of their descriptors. O(log n + npage / 4096) the first time. */
static void
orders_add_memory(struct bitmap_orders *o, struct Page *base, size_t n) {
    if (o->most == 0) {
        orders_start(o);
    }
    orders_merge_run(o, page2ppn(base), n);
}

static struct Page *
orders_page(ppn_t ppn) {
    return &pages[ppn - nbase];
}

static void
orders_visit(struct bitmap_orders *o, pmm_visit_t visit, void *arg) {
    for (unsigned k = 0; o->most >> k != 0; k++) {
        struct bitmap_order *at = &o->order[k];
        size_t i = at->free.n > 0 ? tree_lowest(&at->free) : SIZE_MAX;
        for (; i != SIZE_MAX; i = tree_next(&at->free, i)) {
            visit(orders_page((i + at->first) << k), (size_t)1 << k, arg);
        }
    }
}

#define BLOCKS_SHOWN 6 /* of each order, by orders_dump */

static void
orders_dump(struct bitmap_orders *o) {
    for (unsigned k = 0; o->most >> k != 0; k++) {
        struct bitmap_order *at = &o->order[k];
        cprintf("  order %2u  %5u x %5zu pages", k, at->free.n, (size_t)1 << k);
        size_t i = at->free.n > 0 ? tree_lowest(&at->free) : SIZE_MAX;
        for (unsigned shown = 0; i != SIZE_MAX; i = tree_next(&at->free, i)) {
            if (shown++ == BLOCKS_SHOWN) {
                cprintf(" +%u", at->free.n - BLOCKS_SHOWN);
                break;
            }
            cprintf(" %#zx", (i + at->first) << k);
        }
        cprintf("\n");
    }
    cprintf("  %u pages free\n", o->nr_free);
}

#endif
