/*
 * fit_env.h - 64 frames under one list policy, without the facade.
 *
 * Behind host_test.h, in one file of a program, which defines m.
 */
#ifndef TESTS_HOST_FIT_ENV_H
#define TESTS_HOST_FIT_ENV_H

#include "host_env.h"
#include "pmm.h"
#include "stdio.h"

#define NFRAMES 64
#define NBASE   0x80000

static const struct pmm_manager *const m;

static struct Page frames[NFRAMES];
struct Page *pages = frames;
size_t npage = NBASE + NFRAMES;
size_t nbase = NBASE;
uint64_t va_pa_offset;

int
cprintf(const char *fmt, ...) {
    (void)fmt;
    return 0;
}

/* As before init(): no frame belongs to any policy. */
static void
reserve_all(void) {
    for (size_t i = 0; i < NFRAMES; i++) {
        frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
}

/* Every frame is memory, and free. */
static void
start(void) {
    reserve_all();
    m->init();
    m->init_memmap(frames, NFRAMES);
}

/* The index of the frame that a request for n pages is given. */
static size_t
take(size_t n) {
    struct Page *p = m->alloc_pages(n);
    assert_non_null(p);
    return (size_t)(p - frames);
}

static void
give(size_t i, size_t n) {
    m->free_pages(&frames[i], n);
}

#endif
