/*
 * pmm_env.h - 64 frames, or as many as NFRAMES says, some of them reserved, under the facade on the
 * host.
 *
 * Behind host_test.h; in one file of a program.
 */
#ifndef TESTS_HOST_PMM_ENV_H
#define TESTS_HOST_PMM_ENV_H

#include "host_env.h"
#include "intr.h"
#include "printed.h"
#include "zone.h"

#ifndef NFRAMES
#define NFRAMES 64
#endif
#define RESERVED 4 /* the first frames, which no policy is given */

static struct Page frames[NFRAMES];
static uint64_t words[2 * NFRAMES];                       /* the zone's */
static _Alignas(PGSIZE) char contents[NFRAMES][PGSIZE];   /* of the frames */
static _Alignas(64) char metadata[64 * NFRAMES + PGSIZE]; /* of the policy */
static size_t all_free;                                   /* pages, when none is granted */
bool host_intr_on;

/* The host's page_init: all frames but the reserved ones are memory. */
static void
give_memory(void) {
    memset(frames, 0xa5, sizeof(frames));
    for (size_t i = 0; i < NFRAMES && (pmm_manager->caps & PMM_LAZY) == 0; i++) {
        frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
    pages = frames;
    nbase = 0x80000;
    npage = nbase + NFRAMES;
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    assert_true(zone_words_bytes(NFRAMES) <= sizeof(words));
    memset(metadata, 0xa5, sizeof(metadata));
    assert_true(pmm_manager->metadata == NULL ||
                pmm_manager->metadata(NFRAMES) <= sizeof(metadata));
    pmm_metadata = metadata;
    host_intr_on = true;
    zone_init(words);
    zone_add_memory(frames + RESERVED, NFRAMES - RESERVED);
    all_free = NFRAMES - RESERVED - (pmm_manager->overhead == NULL ? 0 : pmm_manager->overhead());
}

static void
start(const struct pmm_manager *m) {
    printed[0] = '\0';
    pmm_manager = m;
    m->init();
    give_memory();
}

#endif
