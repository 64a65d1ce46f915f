/*
 * poison.h - the facade's watch over the contents of pages, where there is none.
 *
 * kern/san/address has a header of this name that does it (make SAN=address).
 */
#ifndef KERN_SAN_OFF_POISON_H
#define KERN_SAN_OFF_POISON_H

#include "pmm.h"

static inline size_t
poison_bytes(size_t n) {
    (void)n;
    return 0;
}

static inline void
poison_init(void *room, size_t n) {
    (void)room, (void)n;
}

static inline void
poison_new(struct Page *base, size_t n) {
    (void)base, (void)n;
}

static inline void
poison_freed(struct Page *base, size_t n, const void *caller) {
    (void)base, (void)n, (void)caller;
}

static inline void
poison_granted(struct Page *base, size_t n) {
    (void)base, (void)n;
}

static inline void
poison_stack(uintptr_t bottom) {
    (void)bottom;
}

static inline void
poison_audit(void) {
}

#endif
