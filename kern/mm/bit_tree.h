/*
 * bit_tree.h - a set of numbers 0..n-1, a bit for each, whose lowest member is found at once.
 *
 * T1  level[0] has a bit for each number; level[l + 1] one for each word of
 *     level[l], which says that this word is not 0. level[top], top > 0, is one word.
 * T2  where level[1] says that a word of level[0] is 0, that word may hold anything:
 *     so no more than the 64th part of new memory is cleared.
 *
 * All operations are O(top), and top is log(n) to the base of 64, rounded up.
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
#define BIT_TREE_LEVELS 8 /* 2^48 numbers */
#endif

struct bit_tree {
    uint64_t *level[BIT_TREE_LEVELS];
    unsigned top;
};

static uint64_t
bit_of(size_t i) {
    return (uint64_t)1 << (i % 64);
}

/* Words of memory that a tree of the numbers 0..n-1 takes, n > 0. */
static size_t
tree_words(size_t n) {
    size_t words = 0;
    do {
        n = (n + 63) / 64;
        words += n;
    } while (n > 1);
    return words + (words == 1);
}

/* Make the empty set of some of 0..n-1 in tree_words(n) words of memory. O(n / 4096). */
static void
tree_init(struct bit_tree *t, size_t n, uint64_t *memory) {
    uint64_t *end = memory + tree_words(n);
    t->top = 0;
    t->level[0] = memory;
    do {
        n = (n + 63) / 64;
        t->level[t->top + 1] = t->level[t->top] + n;
        t->top++;
    } while (n > 64);
    memset(t->level[1], 0, (size_t)(end - t->level[1]) * sizeof(uint64_t));
}

/* The word of level[0] that has i's bit. */
static uint64_t
tree_word(const struct bit_tree *t, size_t i) {
    size_t w = i / 64;
    return (t->level[1][w / 64] & bit_of(w)) != 0 ? t->level[0][w] : 0;
}

static bool
tree_has(const struct bit_tree *t, size_t i) {
    return (tree_word(t, i) & bit_of(i)) != 0;
}

/* Add i, which may be in it. */
static void
tree_add(struct bit_tree *t, size_t i) {
    uint64_t word = tree_word(t, i);
    t->level[0][i / 64] = word | bit_of(i);
    for (unsigned l = 1; word == 0 && l <= t->top; l++) {
        i /= 64;
        word = t->level[l][i / 64];
        t->level[l][i / 64] = word | bit_of(i);
    }
}

/* Take i out, which is in it; true: it was the last. */
static bool
tree_remove(struct bit_tree *t, size_t i) {
    for (unsigned l = 0; l <= t->top; l++) {
        t->level[l][i / 64] &= ~bit_of(i);
        if (t->level[l][i / 64] != 0) {
            return false;
        }
        i /= 64;
    }
    return true;
}

/* The lowest number in it; it is not empty. */
static size_t
tree_lowest(const struct bit_tree *t) {
    size_t i = 0;
    for (unsigned l = t->top + 1; l-- > 0;) {
        i = 64 * i + bit_lowest(t->level[l][i]);
    }
    return i;
}

/* The lowest number above i, or SIZE_MAX. */
static size_t
tree_next(const struct bit_tree *t, size_t i) {
    for (unsigned l = 0; l <= t->top; l++) {
        uint64_t above = t->level[l][i / 64] & ~(bit_of(i) | (bit_of(i) - 1));
        i /= 64;
        if (above != 0) {
            i = 64 * i + bit_lowest(above);
            while (l-- > 0) {
                i = 64 * i + bit_lowest(t->level[l][i]);
            }
            return i;
        }
    }
    return SIZE_MAX;
}

#endif
