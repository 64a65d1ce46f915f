/*
 * bitmap_orders.h - the free blocks of a buddy system as ones in words, beside pages[].
 *
 * A word of level 0 stands for 64 pages, a bit for each; one of level l + 1 for all that
 * 64 words of level l stand for. So a unit of level l, a bit, is 64^l pages, and blocks of
 * 1 to 32 units belong to that level: six orders.
 *
 * O1  a bit of a word says that the unit is free. The largest aligned powers of two of
 *     ones are the free blocks: buddies that are both free merge by being so.
 * O2  no word is all ones: that is one bit of the next level, and the word is 0. Of the
 *     highest level none can be, as the largest order has no two buddies in memory.
 * O3  word w has blocks of 2^j units, as such or in larger ones, for each j < orders[w] and
 *     for no other; words[j] is the set of those with orders[w] = j + 1, and bit j of
 *     `nonempty` says that it is not empty.
 * O4  a word that has no orders stands for 0, and may hold anything until a unit is split
 *     into it or the end of a range lies in it: new memory is not cleared.
 */
#ifndef KERN_MM_BITMAP_ORDERS_H
#define KERN_MM_BITMAP_ORDERS_H

#include "bit_tree.h"
#include "pmm.h"
#include "stdio.h"

#ifndef WORD_ORDERS
#define WORD_ORDERS 6 /* fewer for searches of small memories */
#endif
#define WORD_UNITS (1U << WORD_ORDERS)
#define WORD_FULL  (UINT64_MAX >> (64 - WORD_UNITS))
#define NO_BLOCK   SIZE_MAX
#ifndef WORD_LEVELS
#define WORD_LEVELS 8 /* page numbers have at most 44 bits */
#endif

struct word_level {
    uint64_t *free; /* n words, the first for unit WORD_UNITS * first */
    uint8_t *orders;
    size_t first, n;
    unsigned nonempty;
    struct bit_tree words[WORD_ORDERS];
};

struct bitmap_orders {
    struct word_level level[WORD_LEVELS];
    struct word_level *top;
    size_t most; /* pages of a block of the largest order; 0: no memory yet */
    unsigned int nr_free;
};

static void
orders_init(struct bitmap_orders *o) {
    o->most = 0;
    o->nr_free = 0;
}

/* ---- memory -----------------------------------------------------------------------------------
 */

/* Words of a level with so many units: the first and the last may reach beyond them. */
static size_t
level_words(size_t units) {
    return units / WORD_UNITS + 2;
}

/* Words of memory that it takes. */
static size_t
level_memory(size_t units) {
    size_t n = level_words(units);
    return n + (n + 7) / 8 + WORD_ORDERS * tree_words(n);
}

/* Bytes that all levels take. */
static size_t
orders_bytes(size_t frames) {
    size_t words = 0;
    for (size_t units = frames; units != 0; units /= WORD_UNITS) {
        words += level_memory(units);
    }
    return words * sizeof(uint64_t);
}

/* A level of so many units in level_memory(units) words, with nothing free. O(units / 512). */
static void
level_init(struct word_level *at, size_t units, uint64_t *memory) {
    size_t n = level_words(units);
    at->n = n;
    at->free = memory;
    at->orders = (uint8_t *)(memory + n);
    at->nonempty = 0;
    memset(at->orders, 0, n);
    memory += n + (n + 7) / 8;
    for (unsigned j = 0; j < WORD_ORDERS; j++) {
        tree_init(&at->words[j], n, memory);
        memory += tree_words(n);
    }
}

/* Lay the levels out, with nothing free, for page numbers nbase to npage - 1. */
static void
orders_start(struct bitmap_orders *o) {
    uint64_t *memory = pmm_metadata;
    size_t first = nbase / WORD_UNITS;
    struct word_level *at = o->level;
    o->most = (size_t)1 << bit_highest(npage - nbase);
    for (size_t units = npage - nbase; units != 0; units /= WORD_UNITS) {
        level_init(at, units, memory);
        at->first = first;
        o->top = at++;
        memory += level_memory(units);
        first /= WORD_UNITS;
    }
}

/* ---- words ------------------------------------------------------------------------------------
 */

/* 2^j ones from bit `at` on, j < WORD_ORDERS. */
static inline uint64_t
ones_at(unsigned at, unsigned j) {
    static const uint64_t ones[] = {0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff};
    return ones[j] << at;
}

/* Where aligned rows of 2^j ones begin, j < WORD_ORDERS. O(j). */
static inline uint64_t
aligned_rows(uint64_t word, unsigned j) {
    static const uint64_t aligned[] = {
        UINT64_MAX,        UINT64_MAX / 0x3,    UINT64_MAX / 0xf,
        UINT64_MAX / 0xff, UINT64_MAX / 0xffff, UINT64_MAX / 0xffffffff,
    };
    for (unsigned i = 0; i < j; i++) {
        word &= word >> (1U << i);
    }
    return word & aligned[j];
}

/* Those of them that are in no larger one. */
static uint64_t
word_blocks(uint64_t word, unsigned j) {
    uint64_t larger = j + 1 < WORD_ORDERS ? aligned_rows(word, j + 1) : 0;
    return aligned_rows(word, j) & ~(larger | larger << (1U << j));
}

/* Word w has got, or lost, blocks of larger orders than it has. */
static void
word_reorder(struct word_level *at, size_t w, unsigned orders) {
    unsigned before = at->orders[w];
    at->orders[w] = (uint8_t)orders;
    if (before > 0 && tree_remove(&at->words[before - 1], w)) {
        at->nonempty &= ~(1U << (before - 1));
    }
    if (orders > 0) {
        tree_add(&at->words[orders - 1], w);
        at->nonempty |= 1U << (orders - 1);
    }
}

/* Of word w, which had so many orders, a largest block is gone. */
static void
word_lose(struct word_level *at, size_t w, unsigned orders) {
    while (orders > 0 && aligned_rows(at->free[w], orders - 1) == 0) {
        orders--;
    }
    if (orders < at->orders[w]) {
        word_reorder(at, w, orders);
    }
}

/* ---- units ------------------------------------------------------------------------------------
 */

/*
 * Take 2^j units out of a word of that level: of the words whose largest block is the
 * smallest that will do, the lowest; and there the lowest. The number of the first, or NO_BLOCK.
 */
static __always_inline size_t
level_take(struct word_level *at, unsigned j) {
    unsigned enough = at->nonempty >> j;
    if (enough == 0) {
        return NO_BLOCK;
    }
    unsigned largest = j + bit_lowest(enough);
    size_t w = tree_lowest(&at->words[largest]);
    uint64_t word = at->free[w];
    unsigned bit = bit_lowest(aligned_rows(word, j));
    at->free[w] = word & ~ones_at(bit, j);
    if ((~word & ones_at(bit >> largest << largest, largest)) == 0) {
        word_lose(at, w, largest + 1);
    }
    return (w + at->first) * WORD_UNITS + bit;
}

/* The same, when there is none: a unit of the next level is split. O(levels). */
static __noinline size_t
level_split(const struct bitmap_orders *o, struct word_level *at, unsigned j) {
    if (at == o->top) {
        return NO_BLOCK;
    }
    size_t word = level_take(at + 1, 0);
    if (word == NO_BLOCK) {
        word = level_split(o, at + 1, 0);
    }
    if (word == NO_BLOCK) {
        return NO_BLOCK;
    }
    at->free[word - at->first] = WORD_FULL & ~ones_at(0, j);
    word_reorder(at, word - at->first, WORD_ORDERS);
    return word * WORD_UNITS;
}

/* Make 2^j units of word w free, from `bit` on. True: the word is a unit that is to be free. */
static __always_inline bool
level_put(struct word_level *at, size_t w, unsigned bit, unsigned j) {
    uint64_t word = at->free[w] | ones_at(bit, j);
    unsigned orders = at->orders[w];
    if (word == WORD_FULL) {
        at->free[w] = 0;
        word_reorder(at, w, 0);
        return true;
    }
    at->free[w] = word;
    while (orders < WORD_ORDERS && (~word & ones_at(bit >> orders << orders, orders)) == 0) {
        orders++;
    }
    if (orders > at->orders[w]) {
        word_reorder(at, w, orders);
    }
    return false;
}

static __noinline void
put_words(struct word_level *at, size_t word) {
    while (level_put(at, word / WORD_UNITS - at->first, word % WORD_UNITS, 0)) {
        at++;
        word /= WORD_UNITS;
    }
}

/* ---- blocks -----------------------------------------------------------------------------------
 */

static __always_inline ppn_t
take_block(struct bitmap_orders *o, unsigned l, unsigned j) {
    size_t unit = level_take(&o->level[l], j);
    if (unit == NO_BLOCK) {
        unit = level_split(o, &o->level[l], j);
    }
    if (unit == NO_BLOCK) {
        return NO_BLOCK;
    }
    o->nr_free -= 1U << (l * WORD_ORDERS + j);
    return unit << l * WORD_ORDERS;
}

static __always_inline bool
put_block(struct bitmap_orders *o, size_t unit, unsigned l, unsigned j) {
    struct word_level *at = &o->level[l];
    size_t w = unit / WORD_UNITS - at->first;
    if ((at->free[w] & ones_at(unit % WORD_UNITS, j)) != 0) {
        return false;
    }
    o->nr_free += 1U << (l * WORD_ORDERS + j);
    if (level_put(at, w, unit % WORD_UNITS, j)) {
        put_words(at + 1, unit / WORD_UNITS);
    }
    return true;
}

/* Most blocks are of level 0, which the compiler is told. */

/* Take a block of order k, no larger than `most`: its page number, or NO_BLOCK. */
static inline ppn_t
orders_take(struct bitmap_orders *o, unsigned k) {
    return k < WORD_ORDERS ? take_block(o, 0, k) : take_block(o, k / WORD_ORDERS, k % WORD_ORDERS);
}

/* Make the block of order k at `ppn` free. False: a part of it is, in blocks of its level. */
static inline bool
orders_put(struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    unsigned l = k / WORD_ORDERS;
    return k < WORD_ORDERS ? put_block(o, ppn, 0, k)
                           : put_block(o, ppn >> l * WORD_ORDERS, l, k % WORD_ORDERS);
}

/* The words that the page at `ppn` is in stand for what they hold, from now on. */
static void
orders_open(struct bitmap_orders *o, ppn_t ppn) {
    for (struct word_level *at = o->level; at <= o->top; at++) {
        ppn /= WORD_UNITS;
        if (at->orders[ppn - at->first] == 0) {
            at->free[ppn - at->first] = 0;
        }
    }
}

/* Take frames in, and nothing of their descriptors. O(log n + npage / 512) the first time. */
static void
orders_add_memory(struct bitmap_orders *o, struct Page *base, size_t n) {
    ppn_t ppn = page2ppn(base);
    if (o->most == 0) {
        orders_start(o);
    }
    orders_open(o, ppn);
    orders_open(o, ppn + n - 1);
    while (n > 0) {
        unsigned k = bit_highest(n);
        if (ppn != 0 && bit_lowest(ppn) < k) {
            k = bit_lowest(ppn);
        }
        orders_put(o, ppn, k);
        ppn += (ppn_t)1 << k;
        n -= (size_t)1 << k;
    }
}

static struct Page *
orders_page(ppn_t ppn) {
    return &pages[ppn - nbase];
}

/* Visit the free blocks of order k. */
static void
order_visit(struct bitmap_orders *o, unsigned k, pmm_visit_t visit, void *arg) {
    unsigned l = k / WORD_ORDERS, j = k % WORD_ORDERS;
    struct word_level *at = &o->level[l];
    for (size_t w = 0; w < at->n; w++) {
        uint64_t blocks = at->orders[w] > j ? word_blocks(at->free[w], j) : 0;
        for (; blocks != 0; blocks &= blocks - 1) {
            size_t unit = (w + at->first) * WORD_UNITS + bit_lowest(blocks);
            visit(orders_page(unit << l * WORD_ORDERS), (size_t)1 << k, arg);
        }
    }
}

static void
orders_visit(struct bitmap_orders *o, pmm_visit_t visit, void *arg) {
    for (unsigned k = 0; o->most >> k != 0; k++) {
        order_visit(o, k, visit, arg);
    }
}

#define BLOCKS_SHOWN 6 /* of each order, by orders_dump */

static void
count_block(struct Page *head, size_t n, void *arg) {
    (void)head;
    (void)n;
    ++*(size_t *)arg;
}

static void
show_block(struct Page *head, size_t n, void *arg) {
    size_t *left = arg;
    (void)n;
    if (*left > 0) {
        cprintf(" %#zx", page2ppn(head));
        --*left;
    }
}

static void
orders_dump(struct bitmap_orders *o) {
    for (unsigned k = 0; o->most >> k != 0; k++) {
        size_t count = 0, left = BLOCKS_SHOWN;
        order_visit(o, k, count_block, &count);
        cprintf("  order %2u  %5zu x %5zu pages", k, count, (size_t)1 << k);
        order_visit(o, k, show_block, &left);
        if (count > BLOCKS_SHOWN) {
            cprintf(" +%zu", count - BLOCKS_SHOWN);
        }
        cprintf("\n");
    }
    cprintf("  %u pages free\n", o->nr_free);
}

#endif
