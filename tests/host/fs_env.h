/*
 * fs_env.h - what kern/fs stands on, for the host: memory that is counted and can be refused, a
 * console, and waiting.
 *
 * Objects come from the host's malloc, so that ASan sees each of them. Behind host_test.h; in one
 * file of a program.
 */
#ifndef TESTS_HOST_FS_ENV_H
#define TESTS_HOST_FS_ENV_H

#include "host_env.h"

#include "console.h"
#include "error.h"
#include "intr.h"
#include "kmalloc.h"
#include "stdio.h"
#include "string.h"
#include "wait.h"
#include "zone.h"

/* ---- memory ---------------------------------------------------------------------------------- */

#define NFRAMES 64

static struct Page frames[NFRAMES];
static bool granted[NFRAMES];
static _Alignas(PGSIZE) char contents[NFRAMES][PGSIZE];
struct Page *pages = frames;
size_t nbase = 0x80000;
size_t npage = 0x80000 + NFRAMES;
uint64_t va_pa_offset;
bool host_intr_on = true;

static long refuse =
    -1;              /* so many allocations are granted before one, alone, is not; -1: all are */
static bool refused; /* that one has been */
static size_t live_heap;  /* objects in use */
static size_t live_pages; /* likewise */

static bool
grant(void) {
    if (refuse == 0) {
        refused = true;
    }
    return refuse < 0 || refuse-- > 0;
}

static inline void
refuse_after(long n) {
    refuse = n;
    refused = false;
}

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx: on the host, nothing is in the image", (unsigned long)va);
}

struct Page *
alloc_pages(size_t n) {
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    for (size_t i = 0; i < NFRAMES; i++) {
        if (!granted[i]) {
            if (n != 1 || !grant()) {
                return NULL;
            }
            granted[i] = true;
            live_pages++;
            memset(contents[i], 0xa5, PGSIZE);
            return &frames[i];
        }
    }
    return NULL;
}

void
free_pages(struct Page *base, size_t n) {
    if (n != 1 || !granted[base - frames] || base->ref != 0) {
        panic("a wrong free of %zu pages at %td", n, base - frames);
    }
    granted[base - frames] = false;
    live_pages--;
}

struct kmem_cache kmalloc_caches[KMALLOC_CLASSES];

void *
kmalloc_any(size_t n) {
    void *object = grant() ? malloc(n) : NULL;
    if (object != NULL) {
        memset(object, 0xa5, n);
        live_heap++;
    }
    return object;
}

void *
kmem_cache_alloc(struct kmem_cache *cache) {
#define X(size) size,
    static const size_t sizes[] = {KMALLOC_SIZES(X)};
#undef X
    return kmalloc_any(sizes[cache - kmalloc_caches]);
}

void
kfree(void *p) {
    live_heap -= p != NULL;
    free(p);
}

/* ---- what the facade knows ------------------------------------------------------------------- */

static const struct pmm_manager no_manager = {.name = "none"};
const struct pmm_manager *pmm_manager = &no_manager;

static size_t zone_free = 50;

void
zone_stat(struct zone_stat *stat) {
    *stat = (struct zone_stat){.given = 61,
                               .managed = 60,
                               .free = zone_free,
                               .overhead = 2,
                               .requested = 7,
                               .granted = 8,
                               .peak = 9,
                               .grants = 10,
                               .refused = 11,
                               .frees = 12};
}

void
pmm_free_summary(struct free_summary *summary) {
    *summary = (struct free_summary){.blocks = 4, .pages = 51, .largest = 32};
    summary->order_blocks[0] = summary->order_pages[0] = 1;
    summary->order_blocks[5] = 1;
    summary->order_pages[5] = 32;
    summary->order_blocks[3] = 2;
    summary->order_pages[3] = 18;
}

/* ---- libs ------------------------------------------------------------------------------------ */

char *
strfind(const char *s, int c) {
    while (*s != '\0' && *s != c) {
        s++;
    }
    return (char *)(uintptr_t)s;
}

void
printfmt(void (*putch)(int, void *), void *putdat, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (const char *c = text; *c != '\0'; c++) {
        putch(*c, putdat);
    }
}

/* ---- the console ----------------------------------------------------------------------------- */

static const char *typed = ""; /* not taken yet */
static char shown[4096];       /* since the test last emptied it */

int
console_getc(void) {
    return *typed == '\0' ? -1 : (unsigned char)*typed++;
}

void
console_write(const char *s, size_t n) {
    size_t used = strlen(shown);
    assert_true(used + n < sizeof(shown));
    assert_null(memchr(s, '\0', n));
    memcpy(shown + used, s, n);
    shown[used + n] = '\0';
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* What others do while somebody waits; false: nothing any more, and who waits is killed. */
static bool (*meanwhile)(void);
static int waits; /* calls that waited */
static const struct wait_queue *waited_in;
static bool woken; /* who waits in it */

int
wait_on(struct wait_queue *queue, const char *what) {
    assert_true(list_empty(&queue->waiters));
    assert_non_null(what);
    waits++;
    waited_in = queue;
    woken = false;
    if (meanwhile == NULL || !meanwhile()) {
        return -E_KILLED;
    }
    assert_true(woken); /* or it would wait for ever */
    return 0;
}

void
wake_one(struct wait_queue *queue) {
    assert_true(list_empty(&queue->waiters));
    woken |= queue == waited_in;
}

void
wake_all(struct wait_queue *queue) {
    wake_one(queue);
}

#endif
