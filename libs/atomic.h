/* atomic.h - single bits of a word in memory, by number; each one is atomic. */
#ifndef LIBS_ATOMIC_H
#define LIBS_ATOMIC_H

#include "defs.h"

static inline void
set_bit(int nr, volatile void *addr) {
    __atomic_fetch_or((volatile uint64_t *)addr + nr / 64, (uint64_t)1 << (nr % 64),
                      __ATOMIC_RELAXED);
}

static inline void
clear_bit(int nr, volatile void *addr) {
    __atomic_fetch_and((volatile uint64_t *)addr + nr / 64, ~((uint64_t)1 << (nr % 64)),
                       __ATOMIC_RELAXED);
}

static inline void
change_bit(int nr, volatile void *addr) {
    __atomic_fetch_xor((volatile uint64_t *)addr + nr / 64, (uint64_t)1 << (nr % 64),
                       __ATOMIC_RELAXED);
}

static inline bool
test_bit(int nr, volatile void *addr) {
    return (((volatile uint64_t *)addr)[nr / 64] >> (nr % 64) & 1) != 0;
}

static inline bool
test_and_set_bit(int nr, volatile void *addr) {
    uint64_t bit = (uint64_t)1 << (nr % 64);
    return (__atomic_fetch_or((volatile uint64_t *)addr + nr / 64, bit, __ATOMIC_ACQ_REL) & bit) !=
           0;
}

static inline bool
test_and_clear_bit(int nr, volatile void *addr) {
    uint64_t bit = (uint64_t)1 << (nr % 64);
    return (__atomic_fetch_and((volatile uint64_t *)addr + nr / 64, ~bit, __ATOMIC_ACQ_REL) &
            bit) != 0;
}

#endif
