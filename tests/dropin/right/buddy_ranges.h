/* buddy_ranges.h - the sizes and ranges of pair_bit_pmm.c. */
#ifndef BUDDY_RANGES_H
#define BUDDY_RANGES_H

#include <defs.h>

#define MAX_ORDER  11
#define MAX_PAGES  262144 /* of pages[]: 1 GiB */
#define MAX_RANGES 32

struct Page;

struct buddy_range {
    struct Page *base;
    size_t npages;
};

/* The order of the smallest block for n pages, or -1: there is none. */
static inline int
order_of(size_t n) {
    for (int k = 0; k < MAX_ORDER; k++) {
        if ((size_t)1 << k >= n) {
            return k;
        }
    }
    return -1;
}

#endif
