/*
 * states.h - the states a search has met, and how it came to each.
 *
 * A state is known by a hash of 128 bits, so two that differ are taken for one
 * with a probability below 2^-80 for the millions met here. Its bytes are kept only until it has
 * been expanded.
 */
#ifndef EXHAUSTIVE_STATES_H
#define EXHAUSTIVE_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash {
    uint64_t a, b;
};

/* One call, made in the state `from`. */
struct move {
    uint8_t kind; /* enum op_kind */
    uint8_t id;   /* of the grant */
    uint8_t off;  /* of a part */
    uint8_t n;    /* pages; of an alloc: index into the list of requests */
};

struct state {
    struct hash hash;
    uint32_t from;
    struct move move;
    char *bytes;
};

struct states {
    struct state *state; /* in the order in which they were met */
    uint32_t n, max;
    uint32_t *slot; /* open addressing: index + 1, 0: empty */
    uint32_t nslots;
};

/* Add `bytes` to a hash; n is a multiple of 8. */
struct hash hash_bytes(struct hash h, const void *bytes, size_t n);

/* True when the state is new; it is then the last one. Exits with status 3 without memory. */
bool states_add(struct states *s, struct hash hash, uint32_t from, struct move move);

#endif
