/*
 * floor_pmm.c - a stack of single pages: what no allocator can be faster than.
 *
 * No blocks, no order, no guard; 4 bytes a page. Requests for more than one page
 * are refused. alloc and free are O(1).
 */
#include "pmm.h"

static struct {
    uint32_t *stack; /* indices into pages[] */
    size_t n;
} floor;

static void
floor_init(void) {
    floor.n = 0;
}

/* From the top down: low memory is granted first. */
static void
floor_init_memmap(struct Page *base, size_t n) {
    floor.stack = pmm_metadata;
    for (size_t i = n; i-- > 0;) {
        base[i].flags = 0;
        base[i].ref = 0;
        floor.stack[floor.n++] = (uint32_t)(base + i - pages);
    }
}

static size_t
floor_grant(size_t n) {
    return n == 1 ? 1 : 0;
}

static struct Page *
floor_alloc_pages(size_t n) {
    return n != 1 || floor.n == 0 ? NULL : &pages[floor.stack[--floor.n]];
}

static void
floor_free_pages(struct Page *base, size_t n) {
    (void)n;
    floor.stack[floor.n++] = (uint32_t)(base - pages);
}

static size_t
floor_nr_free_pages(void) {
    return floor.n;
}

static size_t
floor_metadata(size_t frames) {
    return frames * sizeof(*floor.stack);
}

static void
floor_for_each_free(pmm_visit_t visit, void *arg) {
    for (size_t i = 0; i < floor.n; i++) {
        visit(&pages[floor.stack[i]], 1, arg);
    }
}

const struct pmm_manager floor_pmm_manager = {
    .name = "floor",
    .init = floor_init,
    .init_memmap = floor_init_memmap,
    .alloc_pages = floor_alloc_pages,
    .free_pages = floor_free_pages,
    .nr_free_pages = floor_nr_free_pages,
    .grant = floor_grant,
    .for_each_free = floor_for_each_free,
    .metadata = floor_metadata,
};
