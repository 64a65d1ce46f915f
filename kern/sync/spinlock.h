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

/* Returns what interrupts were, for spin_unlock. */
static inline struct intr
spin_lock(struct spinlock *lock) {
    struct intr intr = intr_off();
    while (!word_take(&lock->owner, spin_me())) {
        if (spin_held(lock)) {
            panic("spin_lock: hart %u holds this lock already", hart_id());
        }
    }
    return intr;
}

/* Once; returns whether it was taken. For a fast way that leaves waiting to a slow one. */
static inline bool
spin_try_lock(struct spinlock *lock, struct intr *intr) {
    *intr = intr_off();
    if (word_take(&lock->owner, spin_me())) {
        return true;
    }
    intr_back(*intr);
    return false;
}

static inline void
spin_unlock(struct spinlock *lock, struct intr intr) {
    word_clear(&lock->owner);
    intr_back(intr);
}

#endif
