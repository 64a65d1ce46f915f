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

static inline unsigned
hart_id(void) {
    return 0;
}

#endif
