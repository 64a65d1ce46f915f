/*
 * bitmap.c - a byte for each page, and no use of the descriptors but ref.
 *
 * Right, with limitations: PG_property marks nothing, so nobody sees its free
 * blocks, and it has no more than a fixed number of pages.
 */
#include "pmm.h"
#include "string.h"

#define MOST 65536

static struct {
    unsigned char free[MOST];
    size_t nr_free;
    size_t end; /* one past the highest page ever given */
} map;

static void
bitmap_init(void) {
    memset(&map, 0, sizeof(map));
}

static void
bitmap_set(size_t first, size_t n, unsigned char value) {
    for (size_t i = first; i < first + n; i++) {
        assert(map.free[i] != value);
        map.free[i] = value;
    }
}

static void
bitmap_init_memmap(struct Page *base, size_t n) {
    size_t first = (size_t)(base - pages);
    assert(first + n <= MOST);
    for (size_t i = 0; i < n; i++) {
        assert(PageReserved(base + i));
        ClearPageReserved(base + i);
    }
    bitmap_set(first, n, 1);
    map.nr_free += n;
    map.end = first + n > map.end ? first + n : map.end;
}

static struct Page *
bitmap_alloc_pages(size_t n) {
    size_t run = 0;
    if (n == 0 || n > map.nr_free) {
        return NULL;
    }
    for (size_t i = 0; i < map.end; i++) {
        run = map.free[i] ? run + 1 : 0;
        if (run == n) {
            bitmap_set(i + 1 - n, n, 0);
            map.nr_free -= n;
            for (size_t k = 0; k < n; k++) {
                set_page_ref(pages + i - k, 0);
            }
            return pages + i + 1 - n;
        }
    }
    return NULL;
}

static void
bitmap_free_pages(struct Page *base, size_t n) {
    bitmap_set((size_t)(base - pages), n, 1);
    map.nr_free += n;
}

static size_t
bitmap_nr_free_pages(void) {
    return map.nr_free;
}

const struct pmm_manager bitmap_manager = {
    .name = "bitmap",
    .init = bitmap_init,
    .init_memmap = bitmap_init_memmap,
    .alloc_pages = bitmap_alloc_pages,
    .free_pages = bitmap_free_pages,
    .nr_free_pages = bitmap_nr_free_pages,
};
