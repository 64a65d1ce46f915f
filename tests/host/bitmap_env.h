/*
 * bitmap_env.h - any number of frames under a policy that keeps bits beside pages[].
 *
 * Descriptors cannot be touched, and what metadata() asks for ends where memory does.
 * Behind host_test.h, in one file of a program, which defines m.
 */
#ifndef TESTS_HOST_BITMAP_ENV_H
#define TESTS_HOST_BITMAP_ENV_H

#include <sys/mman.h>

#include "host_env.h"
#include "pmm.h"
#include "stdio.h"

#define MOST_FRAMES    (64 * 64 * 64 + 200)
#define METADATA_BYTES (1 << 20)
#define GUARD_BYTES    65536

static const struct pmm_manager *const m;

struct Page *pages;
size_t npage, nbase;
uint64_t va_pa_offset;
void *pmm_metadata;

static bool is_free[MOST_FRAMES]; /* and given */

#define JUNK 0xa5

int
cprintf(const char *fmt, ...) {
    (void)fmt;
    return 0;
}

/* Pages of memory of the host that nobody may touch. */
static void *
untouchable(size_t bytes) {
    void *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(at != MAP_FAILED);
    return at;
}

/* So many frames from page number `base` on, none of them memory yet. */
static void
start(size_t base, size_t frames) {
    static char *metadata;
    if (pages == NULL) {
        pages = untouchable(MOST_FRAMES * sizeof(struct Page));
        metadata = untouchable(METADATA_BYTES + GUARD_BYTES);
        assert_int_equal(mprotect(metadata, METADATA_BYTES, PROT_READ | PROT_WRITE), 0);
    }
    nbase = base;
    npage = base + frames;
    size_t bytes = m->metadata(frames);
    assert_true(frames <= MOST_FRAMES && bytes <= METADATA_BYTES);
    pmm_metadata = metadata + METADATA_BYTES - bytes;
    memset(metadata, JUNK, METADATA_BYTES);
    memset(is_free, 0, sizeof(is_free));
    m->init();
}

static void
give(size_t first, size_t n) {
    m->init_memmap(pages + first, n);
    memset(is_free + first, true, n);
}

static void
start_with(size_t base, size_t frames) {
    start(base, frames);
    give(0, frames);
}

#define NO_FRAME SIZE_MAX

/* Allocate: the number of the first frame, or NO_FRAME. */
static size_t
take(size_t n) {
    struct Page *page = m->alloc_pages(n);
    if (page == NULL) {
        return NO_FRAME;
    }
    size_t first = (size_t)(page - pages);
    for (size_t i = first; i < first + m->grant(n); i++) {
        assert_true(is_free[i]);
        is_free[i] = false;
    }
    return first;
}

static void
put(size_t first, size_t n) {
    m->free_pages(pages + first, n);
    memset(is_free + first, true, m->grant(n));
}

static void
add_block(struct Page *head, size_t n, void *arg) {
    size_t *sum = arg, first = (size_t)(head - pages);
    for (size_t i = first; i < first + n; i++) {
        assert_true(is_free[i]);
    }
    *sum += n;
}

/* The policy did not write below what it asked for. */
static void
check_metadata(void) {
    for (const unsigned char *end = pmm_metadata, *at = end - 4096; at < end; at++) {
        assert_int_equal(*at, JUNK);
    }
}

/* The free blocks are as many pages as are free, and all of them are. */
static void
check_blocks(void) {
    size_t shown = 0, due = 0;
    check_metadata();
    m->for_each_free(add_block, &shown);
    for (size_t i = 0; i < npage - nbase; i++) {
        due += is_free[i];
    }
    assert_int_equal(shown, due);
    assert_int_equal(m->nr_free_pages(), due);
}

#endif
