/* intr.h - as tests/host/intr.h, and each call may come from another hart. */
#ifndef TESTS_HOST_HARTS_INTR_H
#define TESTS_HOST_HARTS_INTR_H

#define hart_id the_only_hart
#include "../intr.h"
#undef hart_id

extern unsigned host_hart; /* the one that is running */

static inline unsigned
hart_id(void) {
    return host_hart;
}

#endif
