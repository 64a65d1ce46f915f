/*
 * word_lists.h - words of free bits, in lists of those that are alike, for the bitmap_* policies.
 *
 * Which list has a word is what its owner knows. Bit n - 1 of `nonempty` says that list n,
 * from 1 on, has words.
 *
 * A list is a ring, last in, first out: word[-n] is where list n begins and ends. All operations
 * are O(1). Source: lists of sizes that are found through a word of bits are TLSF's: M. Masmano,
 * I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic memory allocator for real-time systems",
 * 2004.
 */
#ifndef KERN_MM_WORD_LISTS_H
#define KERN_MM_WORD_LISTS_H

#include "bits.h"
#include "pmm.h"

struct listed_word {
    uint64_t free;
    int32_t next, prev;
};

struct word_lists {
    struct listed_word *word;
    uint64_t nonempty;
};

/* Bytes of so many words, in that many lists, 64 at most. */
static inline size_t
lists_bytes(size_t words, size_t lists) {
    return (words + lists) * sizeof(struct listed_word);
}

/* So many empty lists in lists_bytes of memory. The words say nothing yet. */
static inline void
lists_init(struct word_lists *l, int32_t lists, void *memory) {
    l->word = (struct listed_word *)memory + lists;
    l->nonempty = 0;
    for (int32_t n = 1; n <= lists; n++) {
        l->word[-n].next = -n; /* prev is never looked at there */
    }
}

/* The word that came last into list n, which is not empty. */
static inline size_t
lists_first(const struct word_lists *l, unsigned n) {
    return (size_t)l->word[-(int32_t)n].next;
}

/* Word w goes from list `was` to list `now`; 0: none. */
static inline void
lists_move(struct word_lists *l, size_t w, unsigned was, unsigned now) {
    struct listed_word *word = l->word, *moved = &word[w];
    if (was > 0) {
        word[moved->prev].next = moved->next;
        word[moved->next].prev = moved->prev;
        if (moved->next == moved->prev) { /* both are the list itself */
            l->nonempty &= ~bit_of(was - 1);
        }
    }
    if (now > 0) {
        struct listed_word *list = word - now;
        l->nonempty |= bit_of(now - 1);
        moved->prev = -(int32_t)now;
        word[list->next].prev = (int32_t)w;
        moved->next = list->next;
        list->next = (int32_t)w;
    }
}

#endif
