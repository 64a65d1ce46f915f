/* states.c - a hash table over an array that only grows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "states.h"

static void *
grown(void *memory, size_t bytes) {
    memory = realloc(memory, bytes);
    if (memory == NULL) {
        fprintf(stderr, "search: out of memory\n");
        exit(3);
    }
    return memory;
}

struct hash
hash_bytes(struct hash h, const void *bytes, size_t n) {
    const char *p = bytes;
    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof(word));
        h.a = (h.a ^ word) * 0x9e3779b97f4a7c15;
        h.a ^= h.a >> 32;
        h.b = (h.b + word) * 0xc2b2ae3d27d4eb4f;
        h.b ^= h.b >> 29;
    }
    return h;
}

/* The slot of that hash: its own, or the empty one where it belongs. */
static uint32_t *
slot_of(const struct states *s, struct hash h) {
    for (uint32_t i = (uint32_t)(h.a >> 20);; i++) {
        uint32_t *slot = &s->slot[i & (s->nslots - 1)];
        if (*slot == 0) {
            return slot;
        }
        struct hash other = s->state[*slot - 1].hash;
        if (other.a == h.a && other.b == h.b) {
            return slot;
        }
    }
}

/* Twice the room; half of the slots stay empty. */
static void
grow(struct states *s) {
    s->max = s->max == 0 ? 1024 : 2 * s->max;
    s->nslots = 2 * s->max;
    s->state = grown(s->state, s->max * sizeof(*s->state));
    s->slot = grown(s->slot, s->nslots * sizeof(*s->slot));
    memset(s->slot, 0, s->nslots * sizeof(*s->slot));
    for (uint32_t i = 0; i < s->n; i++) {
        *slot_of(s, s->state[i].hash) = i + 1;
    }
}

bool
states_add(struct states *s, struct hash hash, uint32_t from, struct move move) {
    if (s->n == s->max) {
        grow(s);
    }
    uint32_t *slot = slot_of(s, hash);
    if (*slot != 0) {
        return false;
    }
    s->state[s->n++] = (struct state){.hash = hash, .from = from, .move = move};
    *slot = s->n;
    return true;
}
