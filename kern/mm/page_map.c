/* page_map.c - see page_map.h. */
#include "page_map.h"

#define PER_WORD 32
#define EACH     0x5555555555555555U /* a one in the low bit of every frame */

void
page_map_init(struct page_map *map, uint64_t *words, size_t n) {
    map->words = words;
    map->n = n;
    for (size_t w = 0; w < (n + PER_WORD - 1) / PER_WORD; w++) {
        words[w] = 0;
    }
}

enum page_state
page_map_get(const struct page_map *map, size_t i) {
    return (enum page_state)(map->words[i / PER_WORD] >> (i % PER_WORD * 2) & 3);
}

/* The bits of frames [from, to) of a word, 0 <= from < to <= 32. */
static uint64_t
mask_of(size_t from, size_t to) {
    return ~(uint64_t)0 >> (64 - 2 * (to - from)) << (2 * from);
}

void
page_map_set(struct page_map *map, size_t i, size_t n, enum page_state state) {
    uint64_t pattern = EACH * (uint64_t)state;
    size_t end = i + n;
    while (i < end) {
        size_t from = i % PER_WORD;
        size_t to = from + (end - i) < PER_WORD ? from + (end - i) : PER_WORD;
        uint64_t mask = mask_of(from, to);
        uint64_t *word = &map->words[i / PER_WORD];
        *word = (*word & ~mask) | (pattern & mask);
        i += to - from;
    }
}

size_t
page_map_run(const struct page_map *map, size_t i, size_t n, enum page_state state) {
    uint64_t pattern = EACH * (uint64_t)state;
    size_t start = i;
    size_t end = n < map->n - i ? i + n : map->n;
    while (i < end) {
        if (i % PER_WORD == 0 && end - i >= PER_WORD && map->words[i / PER_WORD] == pattern) {
            i += PER_WORD;
        } else if (page_map_get(map, i) == state) {
            i++;
        } else {
            break;
        }
    }
    return i - start;
}
