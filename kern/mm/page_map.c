/* page_map.c - see page_map.h. */
#include "page_map.h"
#include "string.h"

#define EACH 0x0101010101010101U /* a one in the byte of every frame of a word */
#define WORD sizeof(uint64_t)

void
page_map_init(struct page_map *map, void *room, size_t n) {
    map->states = room;
    map->chunks = map->states + ROUNDUP(n, 8);
    map->n = n;
    memset(map->chunks, PAGE_IDLE, page_map_chunks(n));
}

/* The end of frame i's chunk. */
static size_t
chunk_end(const struct page_map *map, size_t i) {
    size_t end = ROUNDDOWN(i, PAGE_CHUNK) + PAGE_CHUNK;
    return end < map->n ? end : map->n;
}

void
page_map_open(struct page_map *map, size_t i) {
    uint8_t *chunk = &map->chunks[i / PAGE_CHUNK];
    size_t first = ROUNDDOWN(i, PAGE_CHUNK);
    if (*chunk != CHUNK_OPEN) {
        memset(&map->states[first], *chunk, chunk_end(map, i) - first);
        *chunk = CHUNK_OPEN;
    }
}

void
page_map_set(struct page_map *map, size_t i, size_t n, enum page_state state) {
    size_t end = i + n;
    while (i < end) {
        uint8_t *chunk = &map->chunks[i / PAGE_CHUNK];
        size_t stop = chunk_end(map, i) < end ? chunk_end(map, i) : end;
        bool whole = i % PAGE_CHUNK == 0 && stop == chunk_end(map, i);
        if (*chunk != CHUNK_OPEN && whole) {
            *chunk = (uint8_t)state;
        } else if (*chunk != (uint8_t)state) {
            page_map_open(map, i);
            memset(&map->states[i], (int)state, stop - i);
        }
        i = stop;
    }
}

/* The first frame of [i, end), frames of one open chunk, that is in another state; or end. */
static size_t
other_state(const uint8_t *states, size_t i, size_t end, enum page_state state) {
    const uint64_t *word = (const uint64_t *)(const void *)states;
    while (i < end) {
        if (i % WORD == 0 && end - i >= WORD && word[i / WORD] == EACH * (uint64_t)state) {
            i += WORD;
        } else if (states[i] == (uint8_t)state) {
            i++;
        } else {
            break;
        }
    }
    return i;
}

size_t
page_map_run(const struct page_map *map, size_t i, size_t n, enum page_state state) {
    size_t start = i;
    size_t end = n < map->n - i ? i + n : map->n;
    while (i < end) {
        uint8_t all = map->chunks[i / PAGE_CHUNK];
        size_t stop = chunk_end(map, i) < end ? chunk_end(map, i) : end;
        size_t same = all == CHUNK_OPEN       ? other_state(map->states, i, stop, state)
                      : all == (uint8_t)state ? stop
                                              : i;
        i = same;
        if (same < stop) {
            break;
        }
    }
    return i - start;
}
