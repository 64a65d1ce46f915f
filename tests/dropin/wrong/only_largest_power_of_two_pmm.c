/*
 * only_largest_power_of_two_pmm.c - buddy; a limitation: of a range only the
 * largest power of two is managed.
 */
#define OWN_INIT_MEMMAP
#include "list_buddy.h"

static void
init_memmap(struct Page *base, size_t n) {
    reset(base, n);
    size_t size = 1;
    while (2 * size <= n) {
        size *= 2;
    }
    buddy.nr_free += size; /* wrong: the rest of the range is never used */
    for (struct Page *p = base; p < base + size;) {
        unsigned order = 0;
        while (order < MAX_ORDER - 1 && p + ((size_t)2 << order) <= base + size &&
               page2ppn(p) % ((size_t)2 << order) == 0) {
            order++;
        }
        push(p, order);
        p += (size_t)1 << order;
    }
}
