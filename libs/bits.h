/*
 * bits.h - powers of two, and where a word's lowest and highest one is.
 *
 * rv64imac cannot count zeros in one instruction, and gcc would call libgcc to
 * do it: there it is done here. With Zbb, and on other machines, it is one.
 */
#ifndef LIBS_BITS_H
#define LIBS_BITS_H

#include "defs.h"

#if defined(__riscv) && !defined(__riscv_zbb)
#define BIT_SCANS_IN_C /* a test asks for it, too */
#endif

/* Bit i of a row of words, in its word. */
static inline uint64_t
bit_of(size_t i) {
    return (uint64_t)1 << (i % 64);
}

static inline bool
is_power_of_two(size_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/*
 * The k of 2^k. The six bits from each bit of a de Bruijn sequence on differ, so
 * that those that the product begins with tell k. O(1): 8 instructions on rv64.
 * Source: Leiserson, Prokop, Randall, "Using de Bruijn sequences to index a 1 in
 * a computer word", MIT, 1998.
 */
static inline unsigned
bit_number(uint64_t power) {
    static const uint8_t number[64] = {
        0,  1,  2,  7,  3,  13, 8,  19, 4,  25, 14, 28, 9,  34, 20, 40, /**/
        5,  17, 26, 38, 15, 46, 29, 48, 10, 31, 35, 54, 21, 50, 41, 57, /**/
        63, 6,  12, 18, 24, 27, 33, 39, 16, 37, 45, 47, 30, 53, 49, 56, /**/
        62, 11, 23, 32, 36, 44, 52, 55, 61, 22, 43, 51, 60, 42, 59, 58,
    };
    return number[(power * 0x0218a392cd3d5dbf) >> 58];
}

/* The number of the lowest one in x, x != 0: 0..63. O(1): 10 on rv64. */
static inline unsigned
bit_lowest(uint64_t x) {
#ifdef BIT_SCANS_IN_C
    return bit_number(x & -x);
#else
    return (unsigned)__builtin_ctzll(x);
#endif
}

/* The number of the highest one in x, x != 0, which is log2(x) rounded down. O(1): 22 on rv64. */
static inline unsigned
bit_highest(uint64_t x) {
#ifdef BIT_SCANS_IN_C
    x |= x >> 1; /* the two bits from the highest on, then the four ... */
    x |= x >> 2;
    x |= x >> 4;
    x |= x >> 8;
    x |= x >> 16;
    x |= x >> 32;
    return bit_number(x - (x >> 1));
#else
    return 63 - (unsigned)__builtin_clzll(x);
#endif
}

/* The smallest k with 2^k >= n, for n in 1..2^63. O(1): 24 on rv64. */
static inline unsigned
log2_ceil(size_t n) {
    return bit_highest(2 * (uint64_t)n - 1);
}

#endif
