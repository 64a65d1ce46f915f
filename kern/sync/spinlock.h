/*
 * spinlock.h - a lock that is held with interrupts off and knows its hart.
 *
 * Taking it twice on one hart is the holder's bug and is answered by a panic.
 */
#ifndef KERN_SYNC_SPINLOCK_H
#define KERN_SYNC_SPINLOCK_H

#include "assert.h"
#include "defs.h"
#include "intr.h"

struct spinlock {
    unsigned owner; /* the holder's hart id + 1, 0: not held */
};

static inline bool
spin_held(const struct spinlock *lock) {
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == hart_id() + 1;
}

/* Returns whether interrupts were on, for spin_unlock. */
static inline bool
spin_lock(struct spinlock *lock) {
    bool intr = intr_save();
    if (spin_held(lock)) {
        panic("spin_lock: hart %u holds this lock already", hart_id());
    }
    unsigned none = 0;
    while (!__atomic_compare_exchange_n(&lock->owner, &none, hart_id() + 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        none = 0;
    }
    return intr;
}

static inline void
spin_unlock(struct spinlock *lock, bool intr) {
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
    intr_restore(intr);
}

#endif
