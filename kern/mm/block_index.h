/*
 * block_index.h - free blocks of any length, found in O(log frames), for the *_fit_indexed
 * policies.
 *
 * Each frame has a tag beside pages[], by which a freed block finds the neighbours that
 * it joins in O(1). Above the tags stands a tree of summaries: one says in a word what
 * the blocks are like that start below it, and the search goes down where a block as is
 * wanted must be. What the word says is for the policy to choose, which defines the
 * three functions summary_*. In much memory cost is cache lines touched: 8 summaries
 * are a line, and so are 16 tags. pages[] is not touched at all.
 *
 *   X1  the tag of a free block's first frame is its length, that of its last one, if
 *       it has more than one, is minus its length; the tags of all other frames are 0.
 *   X2  no two free blocks touch.
 *   X3  level[0] has a summary for each 8 tags, level[k + 1] for each 8 summaries of
 *       level[k]; of the top level only the first is in use.
 *   X4  nr_free is the sum of the lengths.
 *   X5  of a chunk of frames that is not open, tags and the summaries of less than a chunk
 *       may hold anything, and its own summary is 0: no frame of it was ever granted, and
 *       none is at or beside an end of a free block. So no more than a word for each
 *       chunk is cleared at boot.
 *
 * Source: Knuth, The Art of Computer Programming; tags at both ends of a block: volume
 * 1, section 2.5, algorithm C; trees of winners: volume 3, section 5.2.3.
 */
#ifndef KERN_MM_BLOCK_INDEX_H
#define KERN_MM_BLOCK_INDEX_H

#include "block_dump.h"
#include "pmm.h"
#include "string.h"

#define INDEX_FAN    8  /* children of a summary */
#define INDEX_LEVELS 11 /* enough for 2^31 tags, more than an int can count */

#ifndef CHUNK_LEVEL
#define CHUNK_LEVEL 2 /* with one summary for each chunk */
#endif
#define INDEX_CHUNK ((size_t)INDEX_FAN << 3 * CHUNK_LEVEL) /* frames: 512 */

/* The summary of one tag: 0 if and only if no block starts there. */
static inline uint64_t summary_of(int tag);

/* The summary of what two summaries, in any order, are of; joined to 0, one stays as it is. */
static inline uint64_t summary_join(uint64_t a, uint64_t b);

/* Is a block as is wanted among those that the summary is of? */
static inline bool summary_has(uint64_t summary, uint64_t wanted);

struct block_index {
    unsigned int nr_free;
    size_t frames;   /* that there are tags for; 0: nothing is laid out yet */
    int *tag;        /* of frame i, one more than there are frames, up to whole chunks */
    unsigned levels; /* in use */
    uint64_t *level[INDEX_LEVELS];
    bool *open; /* of each chunk */
};

static void
index_init(struct block_index *x) {
    x->nr_free = 0;
    x->frames = 0;
}

/* Place all of it at address `at`, a multiple of 64; returns where it ends. O(log frames). */
static uintptr_t
index_place(struct block_index *x, uintptr_t at, size_t frames) {
    size_t n = ROUNDUP(frames + 1, INDEX_CHUNK), chunks = n / INDEX_CHUNK;
    x->frames = frames;
    x->tag = (int *)at;
    at += n * sizeof(*x->tag);
    x->levels = 0;
    while (n > 1) {
        n = ROUNDUP(n, INDEX_FAN) / INDEX_FAN;
        x->level[x->levels++] = (uint64_t *)at;
        at += ROUNDUP(n, INDEX_FAN) * sizeof(uint64_t);
    }
    x->open = (bool *)at;
    return at + ROUNDUP(chunks, sizeof(uint64_t));
}

/* Bytes that so many frames take. */
static size_t
index_bytes(size_t frames) {
    struct block_index x;
    return index_place(&x, 0, frames);
}

/* Clear the tags and summaries of chunk c. O(INDEX_CHUNK). */
static __noinline void
clear_chunk(struct block_index *x, size_t c) {
    size_t n = INDEX_CHUNK;
    memset(&x->tag[c * n], 0, n * sizeof(*x->tag));
    for (unsigned k = 0; n > INDEX_FAN; k++) {
        n /= INDEX_FAN;
        memset(&x->level[k][c * n], 0, n * sizeof(uint64_t));
    }
}

/* Open chunk c, if it is not. */
static inline void
index_open(struct block_index *x, size_t c) {
    if (!x->open[c]) {
        x->open[c] = true;
        clear_chunk(x, c);
    }
}

/* Be ready for the memory [i, i + n); the first time, no chunk is open. O(npage / INDEX_CHUNK). */
static void
index_prepare(struct block_index *x, size_t i, size_t n) {
    if (x->frames == 0) {
        uintptr_t end = index_place(x, (uintptr_t)pmm_metadata, npage - nbase);
        uint64_t *chunks = x->level[CHUNK_LEVEL];
        memset(chunks, 0, end - (uintptr_t)chunks);
    }
    size_t below = i == 0 ? 0 : i - 1;
    index_open(x, below / INDEX_CHUNK);
    index_open(x, i / INDEX_CHUNK);
    index_open(x, (i + n - 1) / INDEX_CHUNK);
    index_open(x, (i + n) / INDEX_CHUNK);
}

/* Restore X3 above the tag of frame i. O(log frames), less where a summary stays as it was. */
static void
index_refresh(struct block_index *x, size_t i) {
    uint64_t summary = 0;
    i /= INDEX_FAN;
#pragma GCC unroll 8
    for (size_t j = 0; j < INDEX_FAN; j++) {
        summary = summary_join(summary, summary_of(x->tag[INDEX_FAN * i + j]));
    }
    for (unsigned k = 0; x->level[k][i] != summary; k++) {
        x->level[k][i] = summary;
        if (k + 1 == x->levels) {
            break;
        }
        i /= INDEX_FAN;
        /* One of them is what `summary` begins with. */
#pragma GCC unroll 8
        for (size_t j = 0; j < INDEX_FAN; j++) {
            summary = summary_join(summary, x->level[k][INDEX_FAN * i + j]);
        }
    }
}

/* The same above the tags of frames i and j. Cheaper if at i a block has become longer. */
static void
index_refresh_both(struct block_index *x, size_t i, size_t j) {
    index_refresh(x, i);
    if ((i ^ j) >= INDEX_FAN) { /* they are not below the same summary */
        index_refresh(x, j);
    }
}

/* The summary of all free blocks, after some memory has been taken in. */
static uint64_t
index_summary(const struct block_index *x) {
    return x->level[x->levels - 1][0];
}

/* The first frame of the lowest block as is wanted; there must be one. O(log frames). */
static size_t
index_find(const struct block_index *x, uint64_t wanted) {
    size_t i = 0;
    for (unsigned k = x->levels - 1; k-- > 0; i *= INDEX_FAN) {
        while (!summary_has(x->level[k][i], wanted)) {
            i++;
        }
    }
    while (!summary_has(summary_of(x->tag[i]), wanted)) {
        i++;
    }
    return i;
}

/* The length of the free block that begins at frame i, which is inside of none; 0: none does. */
static size_t
index_length(const struct block_index *x, size_t i) {
    return (size_t)x->tag[i];
}

/* The length of the free block that ends below frame i, which is inside of none; 0: none does. */
static size_t
index_length_below(const struct block_index *x, size_t i) {
    int tag = i == 0 ? 0 : x->tag[i - 1];
    return (size_t)(tag < 0 ? -tag : tag);
}

/* Tag both ends of the block [i, i + n). Of no pages: frames i - 1 and i are none of any block. */
static void
tag_ends(struct block_index *x, size_t i, size_t n) {
    x->tag[i + n - 1] = -(int)n;
    x->tag[i] = (int)n;
}

/* Add [i, i + n), whose frames are in no block, joined to what it touches. O(log frames). */
static void
index_put(struct block_index *x, size_t i, size_t n) {
    size_t below = index_length_below(x, i);
    size_t above = index_length(x, i + n);
    if (below > 0) {
        x->tag[i - 1] = 0;
    }
    x->tag[i + n] = 0;
    tag_ends(x, i - below, below + n + above);
    index_refresh_both(x, i - below, above > 0 ? i + n : i - below);
    x->nr_free += (unsigned int)n;
}

/* Cut n pages off the low end of the block at frame i, which has at least that many. O(log
 * frames), and O(n) where they are cut off for the first time. */
static void
index_take(struct block_index *x, size_t i, size_t n) {
    size_t length = index_length(x, i);
    if ((i ^ (i + n)) >= INDEX_CHUNK) { /* seldom: the chunk of frame i is open */
        for (size_t c = i / INDEX_CHUNK; c++ < (i + n) / INDEX_CHUNK;) {
            index_open(x, c);
        }
    }
    x->tag[i] = 0;
    tag_ends(x, i + n, length - n);
    index_refresh_both(x, length > n ? i + n : i, i);
    x->nr_free -= (unsigned int)n;
}

/* Exactly what was asked for. */
static size_t
index_grant(size_t n) {
    return n;
}

/* In ascending address order. O(frames / INDEX_CHUNK), and 8 steps a level for each block. */
static void
index_visit(const struct block_index *x, pmm_visit_t visit, void *arg) {
    size_t i = 0;
    while (i < x->frames) {
        if (i % INDEX_CHUNK == 0 && x->level[CHUNK_LEVEL][i / INDEX_CHUNK] == 0) {
            i += INDEX_CHUNK;
        } else if (i % INDEX_FAN == 0 && x->level[0][i / INDEX_FAN] == 0) {
            i += INDEX_FAN;
        } else if (x->tag[i] > 0) {
            visit(&pages[i], index_length(x, i), arg);
            i += index_length(x, i);
        } else {
            i++;
        }
    }
}

static void
index_dump(const struct block_index *x) {
    size_t count = 0;
    index_visit(x, dump_block, &count);
    dump_sum(count, x->nr_free);
}

#endif
