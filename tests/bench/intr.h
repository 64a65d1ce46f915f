/*
 * intr.h - the host's side of kern/trap/intr.h, as dear as the kernel's: a flag where that
 * one has a bit of a register.
 */
#ifndef BENCH_INTR_H
#define BENCH_INTR_H

#include "defs.h"

extern bool host_intr_on;

static inline bool
intr_save(void) {
    bool on = host_intr_on;
    host_intr_on = false;
    return on;
}

static inline void
intr_restore(bool on) {
    if (on) {
        host_intr_on = true;
    }
}

struct intr {
    bool on;
};

static inline struct intr
intr_off(void) {
    return (struct intr){intr_save()};
}

static inline void
intr_back(struct intr intr) {
    host_intr_on |= intr.on;
}

static inline unsigned
hart_id(void) {
    return 0;
}

static inline bool __warn_unused
word_take(long *word, long mine) {
    long none = 0;
    return __atomic_compare_exchange_n(word, &none, mine, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline void
word_clear(long *word) {
    __atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

#define return_address() __builtin_return_address(0)

#endif
