/*
 * page_list_env.h - page_list_buddy over frames with contents, and an owner of its grants.
 *
 * Every test runs on four builds of the one source (page_list/): by search and
 * with the index, as the kernel has it and with three entries to a list page.
 * Behind host_test.h; in one file of a program.
 */
#ifndef TESTS_HOST_PAGE_LIST_ENV_H
#define TESTS_HOST_PAGE_LIST_ENV_H

#include "host_env.h"
#include "page_list_buddy_pmm.h"
#include "printed.h"

#define NFRAMES  (3 * 262144 + 64) /* described: 3 GiB and a little */
#define CONTENTS 24576             /* of them have contents, too */

static struct Page frames[NFRAMES];
static _Alignas(PGSIZE) unsigned char contents[CONTENTS][PGSIZE];

struct Page *pages = frames;
size_t npage, nbase;
uint64_t va_pa_offset;

extern const struct pmm_manager page_list_indexed_manager, page_list_small_manager,
    page_list_small_indexed_manager;
struct page_list_usage page_list_indexed_usage(void);
struct page_list_usage page_list_small_usage(void);
struct page_list_usage page_list_small_indexed_usage(void);

static const struct build {
    const struct pmm_manager *m;
    struct page_list_usage (*usage)(void);
    size_t entries;
    size_t top;  /* pages of the largest block */
    size_t kept; /* list pages of one range, but for those of the top order */
} builds[] = {
    {&page_list_buddy_pmm_manager, page_list_buddy_usage, 510, 262144, 18},
    {&page_list_indexed_manager, page_list_indexed_usage, 510, 262144, 18},
    {&page_list_small_manager, page_list_small_usage, 3, 4, 4},
    {&page_list_small_indexed_manager, page_list_small_indexed_usage, 3, 4, 4},
};

static const struct build *b; /* static: a panic's longjmp would lose them */
static const struct pmm_manager *m;
static size_t next_build;
#define for_each_build()                                                                           \
    for (next_build = 0;                                                                           \
         next_build < ARRAY_SIZE(builds) && (m = (b = &builds[next_build])->m, true);              \
         next_build++)

uintptr_t
image_to_pa(uintptr_t va) {
    panic("PADDR(%#lx)", (unsigned long)va);
}

/* ---- memory, and who has it ------------------------------------------------------------------ */

#define JUNK 0xa5

static struct grant {
    struct Page *page;
    size_t n;
} live[CONTENTS];
static size_t nlive, granted, end; /* of the memory that was given */
static unsigned char seen[NFRAMES];

/* An empty policy over frames from page number `base` on; whatever was in memory is still there. */
static void
start(size_t base) {
    nbase = base;
    npage = base + NFRAMES;
    va_pa_offset = (uintptr_t)contents - (base << PGSHIFT);
    for (size_t i = 0; i < NFRAMES; i++) {
        frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
    nlive = granted = end = 0;
    m->init();
}

static void
give(size_t first, size_t n) {
    memset(contents[first], JUNK, (n < CONTENTS - first ? n : CONTENTS - first) * PGSIZE);
    end = first + n > end ? first + n : end;
    m->init_memmap(&frames[first], n);
}

/* Pages of one range of n that hold lists when all is free. */
static size_t
first_overhead(size_t n) {
    size_t blocks = n / b->top;
    return b->kept + (blocks == 0 ? 1 : (blocks + b->entries - 1) / b->entries);
}

/* The owner's mark in its frames: the number of each, at both ends. */
static void
sign(const struct grant *g, bool write) {
    for (struct Page *p = g->page; p < g->page + g->n && (size_t)(p - frames) < CONTENTS; p++) {
        size_t i = (size_t)(p - frames);
        size_t mark[2] = {i, ~i};
        size_t tail = PGSIZE - sizeof(mark);
        if (write) {
            memcpy(contents[i], mark, sizeof(mark));
            memcpy(contents[i] + tail, mark, sizeof(mark));
        }
        assert_memory_equal(contents[i], mark, sizeof(mark));
        assert_memory_equal(contents[i] + tail, mark, sizeof(mark));
    }
}

static struct Page *
take(size_t n) {
    struct Page *p = m->alloc_pages(n);
    if (p != NULL) {
        live[nlive] = (struct grant){p, n};
        sign(&live[nlive++], true);
        granted += m->grant(n);
    }
    return p;
}

static void
give_back(size_t i) {
    struct grant g = live[i];
    sign(&g, false);
    live[i] = live[--nlive];
    granted -= m->grant(g.n);
    m->free_pages(g.page, g.n);
}

static void
give_all_back(uint64_t seed) {
    while (nlive > 0) {
        give_back(host_random(&seed) % nlive);
    }
}

/* All of memory in grants of n pages; then back goes every one whose number is odd, up to `most`.
 */
static size_t
isolate(size_t n, size_t most) {
    while (take(n) != NULL) {
    }
    assert_true(n > 1 || m->nr_free_pages() == 0);
    size_t freed = 0;
    for (size_t i = nlive; i-- > 0 && freed < most;) {
        if ((page2ppn(live[i].page) / n) % 2 == 1) {
            give_back(i);
            freed++;
        }
    }
    return freed;
}

static size_t free_seen, largest_seen;

static void
see(struct Page *head, size_t n, void *arg) {
    (void)arg;
    assert_int_equal(page2ppn(head) % n, 0);
    for (struct Page *p = head; p < head + n; p++) {
        assert_false(PageReserved(p));
        assert_int_equal(seen[p - frames]++, 0);
    }
    free_seen += n;
    largest_seen = n > largest_seen ? n : largest_seen;
}

/* usage() against what was granted here, what for_each_free shows, and the manager's counts. */
static void
audit(void) {
    struct page_list_usage u = b->usage();
    memset(seen, 0, end);
    free_seen = largest_seen = 0;
    m->for_each_free(see, NULL);
    for (size_t i = 0; i < nlive; i++) {
        sign(&live[i], false);
        assert_int_equal(seen[live[i].page - frames], 0);
    }
    assert_int_equal(u.free, free_seen);
    assert_int_equal(u.free, m->nr_free_pages());
    assert_int_equal(u.granted, granted);
    assert_int_equal(u.list_pages, m->overhead());
    assert_int_equal(u.total, u.free + u.granted + u.list_pages);
}

/* Frame i goes back. */
static inline void
give_back_page(size_t i) {
    size_t k = 0;
    while (live[k].page != &frames[i]) {
        k++;
    }
    give_back(k);
}

#endif
