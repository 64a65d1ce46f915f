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

#endif
