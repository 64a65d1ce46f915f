/* bits.h - powers of two without compiler helpers (rv64gc has no clz and ctz). */
#ifndef LIBS_BITS_H
#define LIBS_BITS_H

#include "defs.h"

static inline bool
is_power_of_two(size_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* The smallest k with 2^k >= n, for n in 1..2^63. O(log n). */
static inline unsigned
log2_ceil(size_t n) {
    unsigned k = 0;
    while (((size_t)1 << k) < n) {
        k++;
    }
    return k;
}

/* The largest k with 2^k <= n, for n >= 1. O(log n). */
static inline unsigned
log2_floor(size_t n) {
    unsigned k = 0;
    while ((n >>= 1) != 0) {
        k++;
    }
    return k;
}

#endif
