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

static inline unsigned
hart_id(void) {
    return 0;
}

#endif
