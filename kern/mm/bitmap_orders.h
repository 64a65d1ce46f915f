/*
 * bitmap_orders.h - the free blocks of a buddy system as ones in words, beside pages[].
 *
 * A word of level 0 stands for 64 pages, a bit for each; one of level l + 1 for all that
 * 64 words of level l stand for. So a unit of level l, a bit, is 64^l pages, and blocks of
 * 1 to 32 units belong to that level: six orders.
 *
 * O1  a bit of a word that counts (O4) says that the unit is free. The largest aligned powers
 *     of two of ones are the free blocks: buddies that are both free merge by being so.
 * O2  a word that becomes all ones is one bit of the next level until that is split. Of the
 *     highest level none does, as the largest order has no two buddies in memory.
 * O3  a word is in list j + 1 if its largest block has 2^j units, and in none if it is 0 or
 *     a bit of the next level; state[] says in which.
 * O4  a word counts once a unit is split into it or an end of a range lies in it, until it is
 *     all ones. Before, it may hold anything: new memory is not cleared but for the states.
 *     After, the ones stay: they tell that a page in it is freed once more.
 *
 * What else was tried: docs/decisions/buddies-as-ones-in-words.md.
 */
#ifndef KERN_MM_BITMAP_ORDERS_H
#define KERN_MM_BITMAP_ORDERS_H

#include "pmm.h"
#include "stdio.h"
#include "string.h"
#include "word_lists.h"

#ifndef WORD_ORDERS
#define WORD_ORDERS 6 /* fewer for searches of small memories */
#endif
#define WORD_UNITS (1U << WORD_ORDERS)
#define WORD_FULL  (UINT64_MAX >> (64 - WORD_UNITS))
#define NO_BLOCK   SIZE_MAX
#ifndef WORD_LEVELS
#define WORD_LEVELS 8 /* room to spare: nr_free counts less than 2^32 pages, which are six */
#endif

struct word_level {
    struct word_lists lists;
    uint8_t *state; /* of two words each */
    size_t first;   /* word 0 is for unit WORD_UNITS * first and those behind it */
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

/* Bytes that they take. */
static size_t
level_bytes(size_t words) {
    return lists_bytes(words, WORD_ORDERS) + ROUNDUP(words, 16) / 2;
}

/* Bytes that all levels take. */
static size_t
orders_bytes(size_t frames) {
    size_t bytes = 0;
    for (size_t units = frames; units != 0; units /= WORD_UNITS) {
        bytes += level_bytes(level_words(units));
    }
    return bytes;
}

/* Lay the levels out, with nothing free, for page numbers nbase to npage - 1. O(npage / 1024). */
static void
orders_start(struct bitmap_orders *o) {
    char *memory = pmm_metadata;
    size_t first = nbase / WORD_UNITS;
    struct word_level *at = o->level;
    o->most = (size_t)1 << bit_highest(npage - nbase);
    for (size_t units = npage - nbase; units != 0; units /= WORD_UNITS) {
        size_t words = level_words(units);
        at->first = first;
        lists_init(&at->lists, WORD_ORDERS, memory);
        at->state = (uint8_t *)memory + lists_bytes(words, WORD_ORDERS);
        memset(at->state, 0, ROUNDUP(words, 16) / 2);
        memory += level_bytes(words);
        first /= WORD_UNITS;
        o->top = at++;
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

/* Are the aligned 2^j units that `bit` is one of all free? */
static inline bool
row_is_free(uint64_t word, unsigned bit, unsigned j) {
    return (~word & ones_at(bit >> j << j, j)) == 0;
}

/*
 * Where aligned rows of 2^j ones begin, j < WORD_ORDERS. To what a row lacks below its highest
 * bit, all ones are added there: what it lacks carries. A jump that cannot be predicted would
 * cost more than the rest. Source: the search for a byte of 0, Hacker's Delight, section 6-1.
 */
static inline uint64_t
aligned_rows(uint64_t word, unsigned j) {
    static const uint64_t below[] = {
        0,
        0x5555555555555555,
        0x7777777777777777,
        0x7f7f7f7f7f7f7f7f,
        0x7fff7fff7fff7fff,
        0x7fffffff7fffffff,
    };
    uint64_t lacks = ~word & below[j];
    return (word & ~(lacks + below[j]) & ~below[j]) >> ((1U << j) - 1);
}

/* Those of them that are in no larger one. */
static uint64_t
word_blocks(uint64_t word, unsigned j) {
    uint64_t larger = j + 1 < WORD_ORDERS ? aligned_rows(word, j + 1) : 0;
    return aligned_rows(word, j) & ~(larger | larger << (1U << j));
}

/* The list (O3) for a word whose halves both lack something. Most often it is 0, and in none. */
static inline unsigned
word_orders(uint64_t word) {
    if (word == 0) {
        return 0;
    }
    uint64_t w1 = word & word >> 1 & 0x5555555555555555;
    uint64_t w2 = w1 & w1 >> 2 & 0x1111111111111111;
    uint64_t w3 = w2 & w2 >> 4 & 0x0101010101010101;
    uint64_t w4 = w3 & w3 >> 8 & 0x0001000100010001;
    return 5U - (w1 == 0) - (w2 == 0) - (w3 == 0) - (w4 == 0);
}

static inline unsigned
word_state(const struct word_level *at, size_t w) {
    return at->state[w / 2] >> w % 2 * 4 & 15;
}

/* Word w leaves list `was` for list `now` (O3); 0: none. */
static inline void
word_move(struct word_level *at, size_t w, unsigned was, unsigned now) {
    at->state[w / 2] ^= (uint8_t)((was ^ now) << w % 2 * 4);
    lists_move(&at->lists, w, was, now);
}

/* Word w, which is in no list and may hold anything, gets these units and comes into that list. */
static void
word_enter(struct word_level *at, size_t w, uint64_t free, unsigned list) {
    at->lists.word[w].free = free;
    word_move(at, w, 0, list);
}

/* Word w, which is in list `was`, has lost a largest block. */
static inline void
word_lose(struct word_level *at, size_t w, unsigned was) {
    unsigned now = word_orders(at->lists.word[w].free);
    if (now < was) {
        word_move(at, w, was, now);
    }
}

/* ---- units ------------------------------------------------------------------------------------
 */

/*
 * Take 2^j units out of a word of that level, one whose largest block is the smallest that will
 * do: the lowest there. The number of the first, or NO_BLOCK.
 */
static __always_inline size_t
level_take(struct word_level *at, unsigned j) {
    uint64_t enough = at->lists.nonempty >> j;
    if (enough == 0) {
        return NO_BLOCK;
    }
    unsigned largest = j + bit_lowest(enough);
    size_t w = lists_first(&at->lists, largest + 1);
    uint64_t word = at->lists.word[w].free;
    unsigned bit = bit_lowest(aligned_rows(word, j));
    at->lists.word[w].free = word & ~ones_at(bit, j);
    if (row_is_free(word, bit, largest)) {
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
    word_enter(at, word - at->first, WORD_FULL & ~ones_at(0, j), WORD_ORDERS);
    return word * WORD_UNITS;
}

/* Make 2^j units of word w free, from `bit` on. True: the word is a unit that is to be free. */
static __always_inline bool
level_put(struct word_level *at, size_t w, unsigned bit, unsigned j) {
    uint64_t word = at->lists.word[w].free | ones_at(bit, j);
    unsigned was = word_state(at, w);
    at->lists.word[w].free = word;
    if (word == WORD_FULL) {
        word_move(at, w, was, 0);
        return true;
    }
    /* No block had order `was` or more; now one has if this one is so large, or merges so far. */
    if (was < WORD_ORDERS && row_is_free(word, bit, was)) {
        word_move(at, w, was, (was > j ? was : j) + 1);
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

static __always_inline size_t
take_units(struct bitmap_orders *o, struct word_level *at, unsigned j) {
    size_t unit = level_take(at, j);
    return unit != NO_BLOCK ? unit : level_split(o, at, j);
}

static __always_inline ppn_t
take_block(struct bitmap_orders *o, unsigned l, unsigned j) {
    size_t unit = take_units(o, &o->level[l], j);
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
    if ((at->lists.word[w].free & ones_at(unit % WORD_UNITS, j)) != 0) {
        return false;
    }
    o->nr_free += 1U << (l * WORD_ORDERS + j);
    if (level_put(at, w, unit % WORD_UNITS, j)) {
        put_words(at + 1, unit / WORD_UNITS);
    }
    return true;
}

/* Most blocks are of level 0, many of them pages, which the compiler is told. */

/* Take a page: its number. There is a free one. */
static __always_inline ppn_t
orders_take_page(struct bitmap_orders *o) {
    o->nr_free--;
    return take_units(o, o->level, 0);
}

/* Make the page at `ppn` free. False: its word says that it is. */
static __always_inline bool
orders_put_page(struct bitmap_orders *o, ppn_t ppn) {
    return put_block(o, ppn, 0, 0);
}

static __noinline ppn_t
take_any(struct bitmap_orders *o, unsigned k) {
    return take_block(o, k / WORD_ORDERS, k % WORD_ORDERS);
}

/* Take a block of order k, no larger than `most`: its page number, or NO_BLOCK. */
static __always_inline ppn_t
orders_take(struct bitmap_orders *o, unsigned k) {
    return k < WORD_ORDERS ? take_block(o, 0, k) : take_any(o, k);
}

static __noinline bool
put_any(struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    unsigned l = k / WORD_ORDERS;
    return put_block(o, ppn >> l * WORD_ORDERS, l, k % WORD_ORDERS);
}

/* Make the block of order k at `ppn` free. False: its word says that a part of it is; what the
 * words of other levels say is not looked at, and not all words count (O4). */
static __always_inline bool
orders_put(struct bitmap_orders *o, ppn_t ppn, unsigned k) {
    return k < WORD_ORDERS ? put_block(o, ppn, 0, k) : put_any(o, ppn, k);
}

/* The words that the page at `ppn`, which is no memory yet, is in count from now on. */
static void
orders_open(struct bitmap_orders *o, ppn_t ppn) {
    for (struct word_level *at = o->level; at <= o->top; at++) {
        ppn /= WORD_UNITS;
        size_t w = ppn - at->first;
        if (word_state(at, w) == 0) {
            word_enter(at, w, 0, 0);
        }
    }
}

/* Take frames in, and nothing of their descriptors. O(log n + npage / 1024) the first time. */
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
        put_any(o, ppn, k);
        ppn += (ppn_t)1 << k;
        n -= (size_t)1 << k;
    }
}

static struct Page *
orders_page(ppn_t ppn) {
    return &pages[ppn - nbase];
}

/* Visit the free blocks of order k. O(words of its level with a block as large or larger). */
static void
order_visit(struct bitmap_orders *o, unsigned k, pmm_visit_t visit, void *arg) {
    unsigned l = k / WORD_ORDERS, j = k % WORD_ORDERS;
    struct word_level *at = &o->level[l];
    for (int32_t list = (int32_t)j + 1; list <= WORD_ORDERS; list++) {
        for (int32_t w = at->lists.word[-list].next; w >= 0; w = at->lists.word[w].next) {
            uint64_t blocks = word_blocks(at->lists.word[w].free, j);
            for (; blocks != 0; blocks &= blocks - 1) {
                size_t unit = ((size_t)w + at->first) * WORD_UNITS + bit_lowest(blocks);
                visit(orders_page(unit << l * WORD_ORDERS), (size_t)1 << k, arg);
            }
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
