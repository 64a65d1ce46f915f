/*
 * carved_relative_joined_absolute_pmm.c - buddy; blocks are cut from the
 * range's start on, buddies found by page number.
 */
#define OWN_INIT_MEMMAP
#include "list_buddy.h"

static void
init_memmap(struct Page *base, size_t n) {
    reset(base, n);
    buddy.nr_free += n;
    while (n > 0) {
        unsigned order = 0;
        while (order < MAX_ORDER - 1 && ((size_t)2 << order) <= n) {
            order++; /* wrong: base need not be a multiple of 2^order, and buddy_of relies on it */
        }
        push(base, order);
        base += (size_t)1 << order;
        n -= (size_t)1 << order;
    }
}
