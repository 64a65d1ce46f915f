/*
 * page_map.h - two bits a frame, by which the facade knows every grant.
 *
 * The map is the facade's own: policies cannot reach it, so a wrong policy
 * cannot hide behind it. Index 0 is pages[0].
 */
#ifndef KERN_MM_PAGE_MAP_H
#define KERN_MM_PAGE_MAP_H

#include "defs.h"

enum page_state {
    PAGE_IDLE = 0,  /* not granted: free, the policy's own, or never managed */
    PAGE_LIVE = 1,  /* granted and asked for, not the first of its grant */
    PAGE_SLACK = 2, /* granted beyond what was asked for */
    PAGE_START = 3, /* the first frame of a grant */
};

struct page_map {
    uint64_t *words; /* 32 frames each */
    size_t n;        /* frames */
};

/* Bytes of words for n frames. */
static inline size_t
page_map_bytes(size_t n) {
    return (n + 31) / 32 * sizeof(uint64_t);
}

/* Take over page_map_bytes(n) bytes at `words`; every frame becomes idle. O(n). */
void page_map_init(struct page_map *map, uint64_t *words, size_t n);

/* The state of frame i < n. O(1). */
enum page_state page_map_get(const struct page_map *map, size_t i);

/* Put frames [i, i + n) into `state`. O(n / 32). */
void page_map_set(struct page_map *map, size_t i, size_t n, enum page_state state);

/* How many of the frames [i, i + n), cut off at the map's end, are in `state` from i on. O(n / 32).
 */
size_t page_map_run(const struct page_map *map, size_t i, size_t n, enum page_state state);

#endif
