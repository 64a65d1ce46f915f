/*
 * hold.h - one policy in this process: its surroundings, and one request to it.
 *
 * The policy is an object whose manager is called dropin_pmm_manager. It gets
 * the surroundings that the kernel gives it: pages[], the counts of frames,
 * cprintf, and the global alloc_pages that old files call from their own
 * checks, which lead straight back to the policy, or to the front cache before
 * it. page2kva leads to the frames' contents. Who includes this, in one file of a
 * program, sets the memory in `held`, and defines __panic, lost and endless.
 */
#ifndef JUDGE_HOLD_H
#define JUDGE_HOLD_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pmm.h"
#include "wire.h"

extern const struct pmm_manager dropin_pmm_manager;

/* Linked in where the policy is to have a front cache before it. */
const struct pmm_manager *front_cache_over(const struct pmm_manager *under) __attribute__((weak));

/* What the kernel declares in libs/stdio.h and libs/string.h, and libc has not. */
int cprintf(const char *fmt, ...);
int vcprintf(const char *fmt, va_list ap);
void cputchar(int c);
int cputs(const char *s);
char *strfind(const char *s, int c);

struct Page *pages;
size_t npage;
size_t nbase;
uint64_t va_pa_offset;
void *pmm_metadata;
const struct pmm_manager *pmm_manager = &dropin_pmm_manager;

static struct {
    const struct pmm_manager *manager; /* the policy's, or the cache's */
    struct wire *wire;
    struct wire_block *blocks;
    char *area;        /* the descriptors */
    size_t area_bytes; /* of which the last npages * sizeof(struct Page) are used */
    size_t npages;
    char *contents;        /* of the frames */
    char *metadata;        /* room for what the policy keeps beside pages[], */
    size_t metadata_bytes; /* of which the end is used */
    uint64_t steps;        /* in this call; counted by who includes this, or not */
    bool nested; /* the policy asked itself for pages in this call, through the global functions */
} held = {.manager = &dropin_pmm_manager};

/* This process cannot go on. */
static __noreturn void lost(const char *what);

/* for_each_free has visited more blocks than there are pages. */
static __noreturn void endless(void);

void
__warn(const char *file, int line, const char *fmt, ...) {
    (void)file;
    (void)line;
    (void)fmt;
}

const char *
caller_name(const void *pc) {
    (void)pc;
    return "?";
}

/* What a policy prints is nobody's verdict. */
int
vcprintf(const char *fmt, va_list ap) {
    return vsnprintf(NULL, 0, fmt, ap);
}

int
cprintf(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vcprintf(fmt, ap);
    va_end(ap);
    return n;
}

void
cputchar(int c) {
    (void)c;
}

int
cputs(const char *s) {
    return (int)strlen(s) + 1;
}

#if __STDC_HOSTED__ /* else libs/string.c has it */
char *
strfind(const char *s, int c) {
    while (*s != '\0' && *s != (char)c) {
        s++;
    }
    return (char *)s;
}
#endif

uintptr_t
image_to_pa(uintptr_t va) {
    panic("PADDR(%#lx): there is no kernel image here", (unsigned long)va);
}

struct Page *
alloc_pages(size_t n) {
    held.nested = true;
    return held.manager->alloc_pages(n);
}

void
free_pages(struct Page *base, size_t n) {
    held.nested = true;
    held.manager->free_pages(base, n);
}

size_t
nr_free_pages(void) {
    return held.manager->nr_free_pages();
}

static void
entering(enum wire_member member) {
    atomic_store_explicit(&held.wire->in_member, member, memory_order_relaxed);
}

static uint64_t
index_of(const struct Page *page) {
    uintptr_t offset = (uintptr_t)page - (uintptr_t)pages;
    if (page == NULL) {
        return WIRE_NO_PAGE;
    }
    if ((uintptr_t)page < (uintptr_t)pages || offset % sizeof(struct Page) != 0 ||
        offset / sizeof(struct Page) >= held.npages) {
        return WIRE_STRAY;
    }
    return offset / sizeof(struct Page);
}

static void
visit(struct Page *head, size_t n, void *arg) {
    struct wire_reply *reply = arg;
    uint64_t page = index_of(head);
    if (reply->nblocks >= held.npages) {
        endless();
    }
    held.blocks[reply->nblocks++] = (struct wire_block){
        .page = page < held.npages ? (uint32_t)page : UINT32_MAX,
        .n = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX,
    };
}

/* The counts that go with every reply, and the free blocks when asked for. */
static void
look(const struct wire_request *q, struct wire_reply *r) {
    const struct pmm_manager *m = held.manager;
    entering(IN_NR_FREE_PAGES);
    r->nr_free = m->nr_free_pages();
    if (m->overhead != NULL) {
        entering(IN_OVERHEAD);
        r->overhead = m->overhead();
    }
    if ((q->flags & WIRE_WANT_BLOCKS) != 0 && m->for_each_free != NULL) {
        entering(IN_FOR_EACH_FREE);
        m->for_each_free(visit, r);
    }
}

#define METADATA_ALIGN 64

/* Bytes that the policy wants beside so many pages. */
static size_t
metadata_bytes(size_t npages) {
    const struct pmm_manager *m = held.manager;
    return m->metadata == NULL ? 0 : ROUNDUP(m->metadata(npages), METADATA_ALIGN);
}

/* They end where the room for them does, and are not zero. */
static void
give_metadata(void) {
    entering(IN_METADATA);
    size_t bytes = metadata_bytes(held.npages);
    if (bytes > held.metadata_bytes) {
        panic("metadata(%zu) asks for %zu bytes, of %zu that there are", held.npages, bytes,
              held.metadata_bytes);
    }
    pmm_metadata = held.metadata + held.metadata_bytes - bytes;
    memset(pmm_metadata, 0xa5, bytes);
}

static void
init(const struct wire_request *q) {
    if (q->npages > held.wire->capacity) {
        lost("npages");
    }
    held.npages = q->npages;
    pages = (struct Page *)(held.area + held.area_bytes) - q->npages;
    nbase = q->nbase;
    npage = q->nbase + q->npages;
    va_pa_offset = (uint64_t)(uintptr_t)held.contents - (nbase << PGSHIFT);
    held.wire->pages = (uintptr_t)pages;
    give_metadata();
    entering(IN_INIT);
    held.manager->init();
}

static void
hello(struct wire_reply *r) {
    if (front_cache_over != NULL) {
        held.manager = pmm_manager = front_cache_over(&dropin_pmm_manager);
    }
    const struct pmm_manager *m = held.manager;
    snprintf(held.wire->text, WIRE_TEXT, "%s", m->name != NULL ? m->name : "");
    held.wire->manager = (uintptr_t)m;
    r->caps = m->caps;
    r->has = (m->grant != NULL ? WIRE_HAS_GRANT : 0u) |
             (m->for_each_free != NULL ? WIRE_HAS_FREE_BLOCKS : 0u) |
             (m->check != NULL ? WIRE_HAS_CHECK : 0u) |
             (m->overhead != NULL ? WIRE_HAS_OVERHEAD : 0u) |
             (m->basic_check != NULL ? WIRE_HAS_BASIC_CHECK : 0u);
}

/* Do what is asked; a panic does not return here. */
static void
serve(const struct wire_request *q, struct wire_reply *r) {
    const struct pmm_manager *m = held.manager;
    held.nested = false;
    switch (q->op) {
    case WIRE_HELLO:
        hello(r);
        return;
    case WIRE_INIT:
        init(q);
        return;
    case WIRE_GRANT:
        entering(IN_GRANT);
        r->grant = m->grant != NULL ? m->grant(q->n) : q->n;
        return;
    case WIRE_MEMMAP:
        entering(IN_INIT_MEMMAP);
        m->init_memmap(pages + q->page, q->n);
        break;
    case WIRE_ALLOC:
        if (m->grant != NULL) {
            entering(IN_GRANT);
            r->grant = m->grant(q->n);
        }
        held.steps = 0;
        entering(IN_ALLOC_PAGES);
        r->page = index_of(m->alloc_pages(q->n));
        break;
    case WIRE_FREE:
        held.steps = 0;
        entering(IN_FREE_PAGES);
        m->free_pages(pages + q->page, q->n);
        break;
    case WIRE_CHECK:
        entering(IN_CHECK);
        m->check();
        held.nested = false; /* a check is a caller like any other */
        break;
    case WIRE_BASIC_CHECK:
        entering(IN_BASIC_CHECK);
        m->basic_check();
        held.nested = false;
        break;
    default:
        break;
    }
    r->steps = held.steps;
    r->nested = held.nested;
    look(q, r);
}

#endif
