/*
 * bitmap_runs.h - free pages as bits in words, and which word has n of them in a row.
 *
 * Units of level 0 are pages; a unit of level l + 1 is all that one word of level l stands
 * for. The top level is one word.
 *
 * R1  a bit in `free` says that a unit is entirely free; what it is made of says nothing
 *     then. So no word of `free` is all ones, but for the top one.
 * R2  a bit in `filled` says that a word of `free` is not 0. Where it is clear, that word may
 *     hold anything: new memory is cleared but for its 64th part.
 * R3  by_length[n] is the set of the words whose longest row of ones has n of them; bit
 *     n - 1 of `lengths` says that it is not empty.
 */
#ifndef KERN_MM_BITMAP_RUNS_H
#define KERN_MM_BITMAP_RUNS_H

#include "bit_tree.h"
#include "pmm.h"

#ifndef RUN_BITS
#define RUN_BITS 64 /* of a word; a power of two */
#endif

#define RUN_FULL (UINT64_MAX >> (64 - RUN_BITS))

struct run_level {
    uint64_t *free;
    uint64_t *filled; /* a bit for each word of `free` */
    uint64_t lengths;
    struct bit_tree by_length[RUN_BITS + 1]; /* from 1 on */
};

struct bitmap_runs {
    struct run_level *level; /* of pages, at pmm_metadata; NULL: no memory yet */
    struct run_level *top;
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
    unsigned n = 1;
    uint64_t longer; /* where more than n begin, as `word` says it of n */
    if (word == 0) {
        return 0;
    }
    while (n < RUN_BITS && (longer = word & word >> n) != 0) {
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

static inline size_t
run_words(size_t units) {
    return (units + RUN_BITS - 1) / RUN_BITS;
}

/* Words of memory for the bits and sets of a level of so many words. */
static inline size_t
run_level_words(size_t words) {
    return words + (words + 63) / 64 + RUN_BITS * tree_words(words);
}

/* A level of so many words, in run_level_words of memory. O(words / 64). */
static inline void
run_level_init(struct run_level *level, size_t words, uint64_t *memory) {
    size_t set = tree_words(words);
    level->lengths = 0;
    for (unsigned n = 1; n <= RUN_BITS; n++) {
        tree_init(&level->by_length[n], words, memory);
        memory += set;
    }
    level->filled = memory;
    level->free = memory + (words + 63) / 64;
    memset(level->filled, 0, (words + 63) / 64 * sizeof(uint64_t));
}

/* Word w, as far as it says anything. */
static inline uint64_t
run_word(const struct run_level *level, size_t w) {
    return (level->filled[w / 64] >> w % 64 & 1) != 0 ? level->free[w] : 0;
}

/* Word w, whose longest run had `was` units, becomes `word`. */
static inline void
run_change(struct run_level *level, size_t w, unsigned was, uint64_t word) {
    unsigned now = longest_run(word);
    level->free[w] = word;
    if (was == now) {
        return;
    }
    if (was == 0 || now == 0) {
        level->filled[w / 64] ^= bit_of(w);
    }
    if (was > 0 && tree_remove(&level->by_length[was], w)) {
        level->lengths &= ~bit_of(was - 1);
    }
    if (now > 0) {
        level->lengths |= bit_of(now - 1);
        tree_add(&level->by_length[now], w);
    }
}

static void
runs_init(struct bitmap_runs *r) {
    *r = (struct bitmap_runs){.level = NULL};
}

/* Bytes that the levels take for so many frames. */
static size_t
runs_bytes(size_t frames) {
    size_t bytes = 0;
    for (size_t units = frames, words = 0; words != 1; units = words) {
        words = run_words(units);
        bytes += sizeof(struct run_level) + run_level_words(words) * sizeof(uint64_t);
    }
    return bytes;
}

/* Lay out the levels, with nothing free. O(npage / 4096). */
static void
runs_start(struct bitmap_runs *r) {
    size_t units = npage - nbase;
    r->level = r->top = pmm_metadata;
    for (; units > RUN_BITS; units = run_words(units)) {
        r->top++;
    }
    uint64_t *memory = (uint64_t *)(void *)(r->top + 1);
    units = npage - nbase;
    for (struct run_level *level = r->level; level <= r->top; level++) {
        units = run_words(units);
        run_level_init(level, units, memory);
        memory += run_level_words(units);
    }
}

/* Is a unit of that level free, as such or as a part of a larger one? */
static bool
runs_has(const struct bitmap_runs *r, const struct run_level *level, size_t i) {
    uint64_t word = 0;
    for (; word == 0 && level <= r->top; level++) {
        word = run_word(level, i / RUN_BITS);
        if ((word >> i % RUN_BITS & 1) != 0) {
            return true;
        }
        i /= RUN_BITS;
    }
    return false;
}

/* Make n units free, which are in one word. */
static inline void
runs_put_in_word(struct bitmap_runs *r, struct run_level *level, size_t i, size_t n) {
    for (;; level++) {
        size_t w = i / RUN_BITS;
        uint64_t before = run_word(level, w), more = run_at(i % RUN_BITS, n);
        if ((before & more) != 0 || (before == 0 && runs_has(r, level + 1, w))) {
            panic("P8: of %zu pages that are freed some are free", n);
        }
        if ((before | more) != RUN_FULL || level == r->top) {
            run_change(level, w, longest_run(before), before | more);
            return;
        }
        run_change(level, w, longest_run(before), 0);
        i = w;
        n = 1;
    }
}

/* Make the n pages from number i on free, n > 0: whole words of them one level up. */
static void
runs_put(struct bitmap_runs *r, size_t i, size_t n) {
    r->nr_free += (unsigned int)n;
    struct run_level *level = r->level;
    for (; i % RUN_BITS + n > RUN_BITS; level++) {
        size_t head = -i % RUN_BITS, tail = (n - head) % RUN_BITS;
        if (head > 0) {
            runs_put_in_word(r, level, i, head);
        }
        if (tail > 0) {
            runs_put_in_word(r, level, i + n - tail, tail);
        }
        i = (i + head) / RUN_BITS;
        n = (n - head - tail) / RUN_BITS;
        if (n == 0) {
            return;
        }
    }
    runs_put_in_word(r, level, i, n);
}

/* Take n units in a row, 0 < n <= RUN_BITS: the first, or SIZE_MAX. */
static size_t
runs_take_units(struct bitmap_runs *r, struct run_level *level, size_t n) {
    uint64_t enough = level->lengths >> (n - 1);
    if (enough != 0) {
        unsigned length = (unsigned)n + bit_lowest(enough);
        size_t w = tree_lowest(&level->by_length[length]);
        unsigned at = bit_lowest(runs_of(level->free[w], n));
        run_change(level, w, length, level->free[w] & ~run_at(at, n));
        return RUN_BITS * w + at;
    }
    size_t w = level < r->top ? runs_take_units(r, level + 1, 1) : SIZE_MAX;
    if (w == SIZE_MAX) {
        return SIZE_MAX;
    }
    run_change(level, w, 0, RUN_FULL & ~run_at(0, n));
    return RUN_BITS * w;
}

/* Take n pages in a row, n > 0 and no more than are free: the number of the first, or SIZE_MAX. */
static size_t
runs_take(struct bitmap_runs *r, size_t n) {
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
    r->nr_free -= (unsigned int)(units * unit);
    if (units * unit > n) {
        runs_put(r, i * unit + n, units * unit - n);
    }
    return i * unit;
}

#endif
