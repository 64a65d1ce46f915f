/*
 * nr_free_overstated_pmm.c - buddy; nr_free counts the whole range, the lists
 * hold a power of two of it.
 */
#define OWN_INIT_MEMMAP
#include "list_buddy.h"

static void
init_memmap(struct Page *base, size_t n) {
    reset(base, n);
    buddy.nr_free += n; /* wrong: not all of them get onto a list */
    size_t size = 1;
    while (2 * size <= n) {
        size *= 2;
    }
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
