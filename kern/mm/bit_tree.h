/*
 * bit_tree.h - a set of numbers 0..n-1, a bit for each, whose lowest member is found at once.
 *
 * T1  level[0] has a bit for each number; level[l + 1] one for each word of
 *     level[l]: where it is clear, that word is 0. level[top], top > 0, is one word.
 * T2  a word of level[0] may hold anything where its bit in level[1] is clear: so no
 *     more than the 64th part of new memory is cleared.
 *
 * A word that becomes 0 is reported upwards when it is next looked through in vain,
 * because most become something else before. Operations are O(top) on average over
 * all, and top is log(n) to the base of 64, rounded up.
 * Source: a tree of this kind with 64 sons a node stands for the recursion of P. van
 * Emde Boas, "Preserving order in a forest in less than logarithmic time", 1975;
 * two levels of it find free blocks in M. Masmano, I. Ripoll, A. Crespo, J. Real,
 * "TLSF: a new dynamic memory allocator for real-time systems", 2004.
 */
#ifndef KERN_MM_BIT_TREE_H
#define KERN_MM_BIT_TREE_H

#include "bits.h"
#include "defs.h"
#include "string.h"

#ifndef BIT_TREE_LEVELS
#define BIT_TREE_LEVELS 5 /* 2^30 numbers */
#endif

struct bit_tree {
    uint64_t *level[BIT_TREE_LEVELS];
    size_t low;     /* a word of level[0], all below it are 0; SIZE_MAX: all are */
    unsigned int n; /* numbers in the set */
    unsigned top;
};

/* Words of memory that a tree of the numbers 0..n-1 takes, n > 0. */
static inline size_t
tree_words(size_t n) {
    size_t words = 0;
    do {
        n = (n + 63) / 64;
        words += n;
    } while (n > 1);
    return words + (words == 1);
}

/* Make the empty set of some of 0..n-1 in tree_words(n) words of memory. O(n / 4096). */
static inline void
tree_init(struct bit_tree *t, size_t n, uint64_t *memory) {
    uint64_t *end = memory + tree_words(n);
    t->low = SIZE_MAX;
    t->n = 0;
    t->top = 0;
    t->level[0] = memory;
    do {
        n = (n + 63) / 64;
        t->level[t->top + 1] = t->level[t->top] + n;
        t->top++;
    } while (n > 64);
    memset(t->level[1], 0, (size_t)(end - t->level[1]) * sizeof(uint64_t));
}

/* Word w of level[0]. */
static inline uint64_t
tree_word(const struct bit_tree *t, size_t w) {
    return (t->level[1][w / 64] >> w % 64 & 1) != 0 ? t->level[0][w] : 0;
}

/* Is i in it? */
static inline bool
tree_has(const struct bit_tree *t, size_t i) {
    return (tree_word(t, i / 64) >> i % 64 & 1) != 0;
}

/* Tell the levels above that a word of level[1], which is now not 0, was 0. */
static void
tree_report(struct bit_tree *t, size_t i) {
    uint64_t before = 0;
    for (unsigned l = 2; before == 0 && l <= t->top; l++) {
        before = t->level[l][i / 64];
        t->level[l][i / 64] = before | bit_of(i);
        i /= 64;
    }
}

/* Add i, which is not in it. */
static inline void
tree_add(struct bit_tree *t, size_t i) {
    size_t w = i / 64;
    uint64_t word = tree_word(t, w), above = t->level[1][w / 64];
    t->level[0][w] = word | bit_of(i);
    t->level[1][w / 64] = above | bit_of(w);
    t->n++;
    if (w < t->low) {
        t->low = w;
    }
    if (above == 0) {
        tree_report(t, w / 64);
    }
}

/* Take i out, which is in it. True: it was the last. */
static inline bool
tree_remove(struct bit_tree *t, size_t i) {
    t->level[0][i / 64] &= ~bit_of(i);
    if (--t->n > 0) {
        return false;
    }
    t->low = SIZE_MAX;
    return true;
}

/* The lowest word of level[0] above w that is not 0, or SIZE_MAX. */
static size_t
tree_next_word(struct bit_tree *t, size_t w) {
    size_t i = w; /* level[l] says below: word i of level[l - 1], and what is lower, is no good */
    for (unsigned l = 1; l <= t->top;) {
        uint64_t *word = &t->level[l][i / 64];
        if (t->level[l - 1][i] == 0) {
            *word &= ~bit_of(i);
        }
        uint64_t above = *word & ~(bit_of(i) | (bit_of(i) - 1));
        if (above == 0) {
            i /= 64;
            l++;
            continue;
        }
        i = i / 64 * 64 + bit_lowest(above);
        for (uint64_t below; (below = t->level[l - 1][i]) != 0; l--) {
            if (l == 1) {
                return i;
            }
            i = 64 * i + bit_lowest(below);
        }
    }
    return SIZE_MAX;
}

/* The lowest number in it; it is not empty. */
static inline size_t
tree_lowest(struct bit_tree *t) {
    if (t->level[0][t->low] == 0) {
        t->low = tree_next_word(t, t->low);
    }
    return 64 * t->low + bit_lowest(t->level[0][t->low]);
}

/* The lowest number above i, which is in it, or SIZE_MAX. */
static inline size_t
tree_next(struct bit_tree *t, size_t i) {
    uint64_t above = t->level[0][i / 64] & ~(bit_of(i) | (bit_of(i) - 1));
    size_t w = above != 0 ? i / 64 : tree_next_word(t, i / 64);
    if (w == SIZE_MAX) {
        return SIZE_MAX;
    }
    return 64 * w + bit_lowest(above != 0 ? above : t->level[0][w]);
}

#endif
