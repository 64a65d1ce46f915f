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
    long owner; /* the holder's hart id + 1, 0: not held */
};

/* Signed, as harts keep a number of 32 bits in a register of 64. */
static inline long
spin_me(void) {
    return (int)hart_id() + 1;
}

static inline bool
spin_held(const struct spinlock *lock) {
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == spin_me();
}

/* Returns whether interrupts were on, for spin_unlock. */
static inline bool
spin_lock(struct spinlock *lock) {
    bool intr = intr_save();
    long owner = 0;
    while (!__atomic_compare_exchange_n(&lock->owner, &owner, spin_me(), true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        if (owner == spin_me()) {
            panic("spin_lock: hart %u holds this lock already", hart_id());
        }
        owner = 0;
    }
    return intr;
}

/* Once; returns whether it was taken. For a fast way that leaves waiting to a slow one. */
static inline bool
spin_try_lock(struct spinlock *lock, bool *intr) {
    long owner = 0;
    *intr = intr_save();
    if (__atomic_compare_exchange_n(&lock->owner, &owner, spin_me(), false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
        return true;
    }
    intr_restore(*intr);
    return false;
}

static inline void
spin_unlock(struct spinlock *lock, bool intr) {
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
    intr_restore(intr);
}

#endif
