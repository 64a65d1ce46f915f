/*
 * page_map.h - the state of every frame, by which the facade knows every grant.
 *
 * The map is the facade's own: policies cannot reach it, so a wrong policy
 * cannot hide behind it. Index 0 is pages[0].
 *
 * Two levels: a byte for each chunk of frames says that all of them are in one
 * state, or that the chunk is open, and the bytes of its frames say it. A chunk
 * is opened when its frames come to differ, or by page_map_open, and stays
 * open until page_map_init; the bytes of one that is not open may hold anything.
 */
#ifndef KERN_MM_PAGE_MAP_H
#define KERN_MM_PAGE_MAP_H

#include "defs.h"

enum page_state {
    PAGE_IDLE = 0,  /* not granted: free, the policy's own, or never managed */
    PAGE_START = 1, /* the first frame of a grant */
    PAGE_ALONE = 2, /* likewise, and known to be its only one */
    PAGE_LIVE = 3,  /* granted and asked for, not the first of its grant */
    PAGE_SLACK = 4, /* granted beyond what was asked for */
};

#ifndef PAGE_CHUNK
#define PAGE_CHUNK 16384 /* frames */
#endif
#define CHUNK_OPEN 5 /* of a chunk, in the place of a state */

struct page_map {
    uint8_t *states; /* of each frame of an open chunk */
    uint8_t *chunks; /* of each chunk: the state of all its frames, or CHUNK_OPEN */
    size_t n;        /* frames */
};

static inline size_t
page_map_chunks(size_t n) {
    return (n + PAGE_CHUNK - 1) / PAGE_CHUNK;
}

/* Bytes of room for n frames, a multiple of 8. */
static inline size_t
page_map_bytes(size_t n) {
    return ROUNDUP(n, 8) + ROUNDUP(page_map_chunks(n), 8);
}

/* Take over page_map_bytes(n) bytes at `room`, a multiple of 8; every frame becomes idle.
 * O(n / PAGE_CHUNK). */
void page_map_init(struct page_map *map, void *room, size_t n);

/* Does the chunk of frame i < n have bytes of its own for each frame? */
static inline bool
page_map_is_open(const struct page_map *map, size_t i) {
    return map->chunks[i / PAGE_CHUNK] == CHUNK_OPEN;
}

/* Open the chunk of frame i < n, if it is not. O(PAGE_CHUNK), once a chunk. */
void page_map_open(struct page_map *map, size_t i);

/* The state of frame i < n. O(1). */
static inline enum page_state
page_map_get(const struct page_map *map, size_t i) {
    uint8_t all = map->chunks[i / PAGE_CHUNK];
    return (enum page_state)(all == CHUNK_OPEN ? map->states[i] : all);
}

/* Put frames [i, i + n) into `state`. O(n / PAGE_CHUNK), and O(n / 8) of what is open. */
void page_map_set(struct page_map *map, size_t i, size_t n, enum page_state state);

/* How many of the frames [i, i + n), cut off at the map's end, are in `state` from i on. Costs as
 * page_map_set. */
size_t page_map_run(const struct page_map *map, size_t i, size_t n, enum page_state state);

#endif
