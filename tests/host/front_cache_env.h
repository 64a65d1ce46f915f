/*
 * front_cache_env.h - a front cache of five pages over a manager, under the facade; and over the
 * puppet.
 *
 * Behind host_test.h; in one file of a program.
 */
#ifndef TESTS_HOST_FRONT_CACHE_ENV_H
#define TESTS_HOST_FRONT_CACHE_ENV_H

#define NFRAMES 256
#include "front_cache.h"
#include "puppet.h"

#define HALF 3 /* of a full cache, which goes back at once */

unsigned host_hart;
static const struct pmm_manager *m;

/* A cache over that manager, under the facade, with fresh memory. */
static const struct pmm_manager *
begin(const struct pmm_manager *under) {
    host_hart = 0;
    m = front_cache_over(under);
    start(m);
    return m;
}

static struct front_cache_stat
stat_now(void) {
    struct front_cache_stat s;
    front_cache_stat(&s);
    return s;
}

/* A cache over the puppet, which counts; page 63 is granted all along. */
static void
begin_puppet(void) {
    memset(&puppet, 0, sizeof(puppet));
    begin(&puppet_pmm_manager);
    puppet.counts = true;
    puppet.answer = &frames[63];
    assert_ptr_equal(m->alloc_pages(1), &frames[63]);
    puppet.allocs = puppet.frees = 0;
}

/* The puppet grants that page. */
static void
grant(size_t i) {
    puppet.answer = &frames[i];
    assert_ptr_equal(m->alloc_pages(1), &frames[i]);
    puppet.answer = NULL;
}

static inline void
grant_and_free(size_t from, size_t end) {
    for (size_t i = from; i < end; i++) {
        grant(i);
    }
    for (size_t i = from; i < end; i++) {
        m->free_pages(&frames[i], 1);
    }
}

#endif
