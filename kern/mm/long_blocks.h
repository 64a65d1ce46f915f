/*
 * long_blocks.h - the few free blocks of LONG pages and more, by (length, address), for
 * best_fit_indexed.
 *
 * A treap: a search tree by key that is a heap by rank, a number that is mixed from
 * the block's place. Its shape is that of a tree grown in random order, so that it
 * is O(log n) deep without being balanced; all costs are meant so, as expected ones.
 * As no two blocks touch, at most one of this length begins among LONG frames, which
 * have one node for it.
 *
 *   L1  all keys on the side 0 of a node are below its own, all on the side 1 above.
 *   L2  no node has a child of higher rank.
 *
 * Source: Aragon and Seidel, "Randomized search trees", FOCS 1989.
 */
#ifndef KERN_MM_LONG_BLOCKS_H
#define KERN_MM_LONG_BLOCKS_H

#include "defs.h"

#ifndef LONG
#define LONG 64
#endif

#define NO_NODE UINT32_MAX

struct long_block {
    uint64_t key; /* length << 32 | first frame */
    uint32_t child[2];
};

struct long_blocks {
    struct long_block *node; /* [i]: of a block that begins in [i * LONG, i * LONG + LONG) */
    uint32_t root;
};

static uint64_t
long_key(size_t i, size_t n) {
    return (uint64_t)n << 32 | i;
}

/* Of a node; no two have the same. Any mixing serves that leaves no pattern in regular places. */
static uint32_t
long_rank(uint32_t node) {
    uint32_t x = node * 0x9e3779b1U;
    return (x ^ x >> 15) * 0x2c1b3c6dU;
}

/* Add the block [i, i + n), n >= LONG, which is not in the tree. O(log n). */
static void
long_add(struct long_blocks *t, size_t i, size_t n) {
    uint32_t new = (uint32_t)(i / LONG);
    uint64_t key = long_key(i, n);
    uint32_t *at = &t->root;
    while (*at != NO_NODE && long_rank(*at) > long_rank(new)) {
        at = &t->node[*at].child[t->node[*at].key < key];
    }
    /* The new node goes here; what was below is split by its key, and hung on either side. */
    uint32_t rest = *at;
    uint32_t *end[2] = {&t->node[new].child[0], &t->node[new].child[1]};
    *at = new;
    t->node[new].key = key;
    while (rest != NO_NODE) {
        bool side = t->node[rest].key > key;
        *end[side] = rest;
        end[side] = &t->node[rest].child[!side];
        rest = *end[side];
    }
    *end[0] = *end[1] = NO_NODE;
}

/* Take the block [i, i + n), which is in the tree, out of it. O(log n). */
static void
long_remove(struct long_blocks *t, size_t i, size_t n) {
    uint64_t key = long_key(i, n);
    uint32_t *at = &t->root;
    while (t->node[*at].key != key) {
        at = &t->node[*at].child[t->node[*at].key < key];
    }
    /* What was on its two sides is woven into one: of the two next nodes the higher rank is first.
     */
    uint32_t rest[2] = {t->node[*at].child[0], t->node[*at].child[1]};
    while (rest[0] != NO_NODE && rest[1] != NO_NODE) {
        bool side = long_rank(rest[1]) > long_rank(rest[0]);
        *at = rest[side];
        at = &t->node[*at].child[!side];
        rest[side] = *at;
    }
    *at = rest[rest[0] == NO_NODE];
}

/* The first frame of the shortest block of at least n pages, the lowest of equals; or NO_BLOCK. */
#define NO_BLOCK SIZE_MAX
static size_t
long_find(const struct long_blocks *t, size_t n) {
    size_t found = NO_BLOCK;
    uint32_t at = t->root;
    while (at != NO_NODE) {
        bool fits = t->node[at].key >= long_key(0, n);
        if (fits) {
            found = (uint32_t)t->node[at].key;
        }
        at = t->node[at].child[!fits];
    }
    return found;
}

#endif
