/* intr.h - the host's side of kern/trap/intr.h: one hart, and interrupts that are only counted. */
#ifndef TESTS_HOST_INTR_H
#define TESTS_HOST_INTR_H

#include "assert.h"
#include "defs.h"

/* Defined once by the program. */
extern bool host_intr_on;

static inline bool
intr_save(void) {
    bool on = host_intr_on;
    host_intr_on = false;
    return on;
}

/* Whoever restores what nobody saved gives back a lock that was not taken. */
static inline void
intr_restore(bool on) {
    if (host_intr_on) {
        panic("intr_restore: interrupts are on, so nobody saved them");
    }
    host_intr_on = on;
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
    intr_restore(intr.on);
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
