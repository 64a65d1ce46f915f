/*
 * bitmap_runs.h - free pages as bits in words, and which word has n of them in a row.
 *
 * Units of level 0 are pages; a unit of level l + 1 is all that one word of level l stands
 * for. The top level is one word.
 *
 * R1  a bit in `cut` says that what a word stands for is cut into units, each of which is free or
 *     not, as its bit in the word's `free` says. Where it is clear, the unit of the next level
 *     says it for all of them, and the word may hold anything: new memory is cleared but for
 *     its 64th part.
 * R2  no cut word is all ones, but for the top one: it is a unit of the next level instead.
 * R3  longest[w] is the length of the longest row of ones in cut word w; the list of that length
 *     has it, unless it is 0.
 */
#ifndef KERN_MM_BITMAP_RUNS_H
#define KERN_MM_BITMAP_RUNS_H

#include "pmm.h"
#include "string.h"
#include "word_lists.h"

#ifndef RUN_BITS
#define RUN_BITS 64 /* of a word; a power of two */
#endif

#define RUN_LEVELS 8 /* 7 are enough for 2^31 words, which int32_t has numbers for */

#define RUN_FULL (UINT64_MAX >> (64 - RUN_BITS))

struct run_level {
    struct word_lists lists;
    uint64_t *cut;    /* a bit for each word */
    uint8_t *longest; /* of each word */
};

struct bitmap_runs {
    struct run_level level[RUN_LEVELS]; /* of pages, and so on; their arrays are at pmm_metadata */
    struct run_level *top;              /* NULL: no memory yet */
    unsigned int nr_free;
};

/* n ones from bit `at` on, 0 < n <= RUN_BITS - at. */
static inline uint64_t
run_at(size_t at, size_t n) {
    return UINT64_MAX >> (64 - n) << at;
}

/* Where n ones in a row begin, n > 0. O(log n). */
static inline uint64_t
runs_of(uint64_t word, size_t n) {
    size_t m = 1;
    for (; 2 * m <= n; m *= 2) {
        word &= word >> m;
    }
    return word & word >> (n - m);
}

/* How many ones there are in the longest row. O(log of that). */
static inline unsigned
longest_run(uint64_t word) {
    if (word == 0) {
        return 0;
    }
    unsigned lowest = bit_lowest(word), n = 1;
    if ((word & (word + bit_of(lowest))) == 0) { /* they are one row */
        return bit_highest(word) - lowest + 1;
    }
    uint64_t longer; /* where more than n begin, as `word` says it of n */
    while ((longer = word & word >> n) != 0) {
        word = longer;
        n *= 2;
    }
    for (unsigned more = n / 2; more > 0; more /= 2) {
        longer = word & word >> more;
        if (longer != 0) {
            word = longer;
            n += more;
        }
    }
    return n;
}

/* How many ones there are in the row that bit `at` is in. O(1). */
static inline unsigned
run_around(uint64_t word, size_t at) {
    uint64_t zeros_above = ~(word >> at >> 1), zeros_below = ~word & (bit_of(at) - 1);
    return (unsigned)at + 1 + bit_lowest(zeros_above) - bit_highest(2 * zeros_below + 1);
}

static inline size_t
run_words(size_t units) {
    return (units + RUN_BITS - 1) / RUN_BITS;
}

/* Words of bits, one for each of n. */
static inline size_t
run_bit_words(size_t n) {
    return (n + 63) / 64;
}

/* Bytes of a level of so many words. */
static inline size_t
run_level_bytes(size_t words) {
    return lists_bytes(words, RUN_BITS) + run_bit_words(words) * sizeof(uint64_t) +
           ROUNDUP(words, sizeof(uint64_t));
}

/* A level of so many words, none of them cut, in run_level_bytes of memory. O(words / 64). */
static inline void
run_level_init(struct run_level *level, size_t words, char *memory) {
    lists_init(&level->lists, RUN_BITS, memory);
    level->cut = (uint64_t *)(void *)(memory + lists_bytes(words, RUN_BITS));
    level->longest = (uint8_t *)(level->cut + run_bit_words(words));
    memset(level->cut, 0, run_bit_words(words) * sizeof(uint64_t));
}

static inline bool
run_is_cut(const struct run_level *level, size_t w) {
    return (level->cut[w / 64] >> w % 64 & 1) != 0;
}

/* The longest row of word w has `now` ones, for `was`. */
static inline void
run_move(struct run_level *level, size_t w, unsigned was, unsigned now) {
    level->longest[w] = (uint8_t)now;
    lists_move(&level->lists, w, was, now);
}

/* Word w, which was not cut: its units are now free as `free` says, at most `longest` in a row. */
static inline void
run_cut(struct run_level *level, size_t w, uint64_t free, unsigned longest) {
    level->cut[w / 64] |= bit_of(w);
    level->lists.word[w].free = free;
    run_move(level, w, 0, longest);
}

static void
runs_init(struct bitmap_runs *r) {
    *r = (struct bitmap_runs){.top = NULL};
}

/* Bytes that the levels take for so many frames. */
static size_t
runs_bytes(size_t frames) {
    size_t bytes = 0;
    for (size_t units = frames, words = 0; words != 1; units = words) {
        words = run_words(units);
        bytes += run_level_bytes(words);
    }
    return bytes;
}

/* Lay out the levels, with nothing free. O(npage / 4096). */
static void
runs_start(struct bitmap_runs *r) {
    char *memory = pmm_metadata;
    struct run_level *level = r->level;
    for (size_t units = npage - nbase, words = 0; words != 1; units = words) {
        words = run_words(units);
        run_level_init(level, words, memory);
        memory += run_level_bytes(words);
        r->top = level++;
    }
}

/* ---- to make units free -----------------------------------------------------------------------
 */

static void runs_put(struct bitmap_runs *r, struct run_level *level, size_t i, size_t n);
static void runs_join(struct bitmap_runs *r, struct run_level *level, size_t w);

/* runs_put of units in a word that is not cut yet, as all of it was granted at once. */
static __noinline void
runs_put_first(struct bitmap_runs *r, struct run_level *level, size_t i, size_t n) {
    size_t w = i / RUN_BITS, unit = i;
    for (struct run_level *l = level; l <= r->top; l++, unit /= RUN_BITS) {
        if (run_is_cut(l, unit / RUN_BITS) &&
            (l->lists.word[unit / RUN_BITS].free >> unit % RUN_BITS & 1) != 0) {
            panic("P8: of %zu pages that are freed some are free", n);
        }
    }
    run_cut(level, w, 0, 0);
    runs_put(r, level, i, n);
}

/* runs_put of units in more than one word: whole words are units of the next level. */
static __noinline void
runs_put_long(struct bitmap_runs *r, struct run_level *level, size_t i, size_t n) {
    size_t head = -i % RUN_BITS, tail = (n - head) % RUN_BITS, whole = n - head - tail;
    if (head > 0) {
        runs_put(r, level, i, head);
    }
    if (tail > 0) {
        runs_put(r, level, i + n - tail, tail);
    }
    if (whole > 0) {
        runs_put(r, level + 1, (i + head) / RUN_BITS, whole / RUN_BITS);
    }
}

/* Make the n units of a level from number i on free, n > 0. */
static __always_inline void
runs_put_units(struct bitmap_runs *r, struct run_level *level, size_t i, size_t n) {
    size_t w = i / RUN_BITS, at = i % RUN_BITS;
    if (at + n > RUN_BITS) {
        runs_put_long(r, level, i, n);
        return;
    }
    if (!run_is_cut(level, w)) {
        runs_put_first(r, level, i, n);
        return;
    }
    uint64_t word = level->lists.word[w].free, more = run_at(at, n);
    if ((word & more) != 0) {
        panic("P8: of %zu pages that are freed some are free", n);
    }
    word |= more;
    if (word == RUN_FULL && level < r->top) {
        runs_join(r, level, w);
        return;
    }
    level->lists.word[w].free = word;
    unsigned was = level->longest[w], now = run_around(word, at);
    if (now > was) {
        run_move(level, w, was, now);
    }
}

static __noinline void
runs_put(struct bitmap_runs *r, struct run_level *level, size_t i, size_t n) {
    runs_put_units(r, level, i, n);
}

/* Word w, all of which is free, becomes a unit of the next level. */
static __noinline void
runs_join(struct bitmap_runs *r, struct run_level *level, size_t w) {
    level->cut[w / 64] &= ~bit_of(w);
    run_move(level, w, level->longest[w], 0);
    runs_put(r, level + 1, w, 1);
}

/* ---- to take them -----------------------------------------------------------------------------
 */

static size_t runs_split(struct bitmap_runs *r, struct run_level *level, size_t n);

/* Take n units in a row, 0 < n <= RUN_BITS: the number of the first, or SIZE_MAX. */
static __always_inline size_t
runs_take_units(struct bitmap_runs *r, struct run_level *level, size_t n) {
    uint64_t enough = level->lists.nonempty >> (n - 1);
    if (enough == 0) {
        return runs_split(r, level, n);
    }
    unsigned was = (unsigned)n + bit_lowest(enough);
    size_t w = lists_first(&level->lists, was);
    uint64_t word = level->lists.word[w].free;
    unsigned at = bit_lowest(runs_of(word, n));
    word &= ~run_at(at, n);
    level->lists.word[w].free = word;
    unsigned now = longest_run(word);
    if (now != was) {
        run_move(level, w, was, now);
    }
    return RUN_BITS * w + at;
}

/* The same where no word has so many, from a unit of the next level. */
static __noinline size_t
runs_split(struct bitmap_runs *r, struct run_level *level, size_t n) {
    size_t w = level < r->top ? runs_take_units(r, level + 1, 1) : SIZE_MAX;
    if (w == SIZE_MAX) {
        return SIZE_MAX;
    }
    run_cut(level, w, RUN_FULL & ~run_at(0, n), RUN_BITS - (unsigned)n);
    return RUN_BITS * w;
}

/* Take n > RUN_BITS pages in units of a higher level; what is too much is given back. */
static __noinline size_t
runs_take_long(struct bitmap_runs *r, size_t n) {
    struct run_level *level = r->level;
    size_t units = n, unit = 1;
    for (; units > RUN_BITS; level++) {
        units = run_words(units);
        unit *= RUN_BITS;
    }
    size_t i = runs_take_units(r, level, units);
    if (i == SIZE_MAX) {
        return SIZE_MAX;
    }
    if (units * unit > n) {
        runs_put(r, r->level, i * unit + n, units * unit - n);
    }
    return i * unit;
}

/* Take n pages in a row, n > 0 and no more than are free: the number of the first, or SIZE_MAX. */
static __always_inline size_t
runs_take(struct bitmap_runs *r, size_t n) {
    size_t i = n <= RUN_BITS ? runs_take_units(r, r->level, n) : runs_take_long(r, n);
    if (i != SIZE_MAX) {
        r->nr_free -= (unsigned int)n;
    }
    return i;
}

#endif
