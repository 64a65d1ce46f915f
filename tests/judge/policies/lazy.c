/*
 * lazy.c - first fit over an array of free runs, all of it at pmm_metadata.
 *
 * Right, with PMM_LAZY: nothing of pages[] is read or written, and what boot
 * costs depends on the number of ranges alone. MISTAKE names one thing that is
 * done all the same. alloc and free are O(runs).
 */
#include "pmm.h"
#include "string.h"

#define DESCRIPTOR_CLEARED_AT_THE_START 1
#define HEAD_MARKED_AT_A_FREE           2
#define REF_CLEARED_AT_A_GRANT          3
#define FREE_FRAME_LINKED               4
#define REF_OF_A_FREE_FRAME_READ        5

#ifndef MISTAKE
#define MISTAKE 0
#endif

struct run {
    size_t first, n; /* frames, as indices into pages[]; runs are sorted and touch nowhere */
};

static struct {
    struct run *runs;
    size_t nruns;
    size_t nr_free;
} lazy;

static void
lazy_init(void) {
    memset(&lazy, 0, sizeof(lazy));
}

/* Room for every second frame in a run of its own, and one that is not yet joined. */
static size_t
lazy_metadata(size_t frames) {
    return (frames / 2 + 2) * sizeof(struct run);
}

static void
remove_run(size_t k) {
    lazy.nruns--;
    memmove(&lazy.runs[k], &lazy.runs[k + 1], (lazy.nruns - k) * sizeof(struct run));
}

static void
lazy_free_pages(struct Page *base, size_t n) {
    size_t first = (size_t)(base - pages), k = 0;
    while (k < lazy.nruns && lazy.runs[k].first < first) {
        k++;
    }
    memmove(&lazy.runs[k + 1], &lazy.runs[k], (lazy.nruns - k) * sizeof(struct run));
    lazy.runs[k] = (struct run){first, n};
    lazy.nruns++;
    lazy.nr_free += n;
    if (k + 1 < lazy.nruns && first + n == lazy.runs[k + 1].first) {
        lazy.runs[k].n += lazy.runs[k + 1].n;
        remove_run(k + 1);
    }
    if (k > 0 && lazy.runs[k - 1].first + lazy.runs[k - 1].n == first) {
        lazy.runs[k - 1].n += lazy.runs[k].n;
        remove_run(k);
    }
    if (MISTAKE == HEAD_MARKED_AT_A_FREE) {
        base->property = (unsigned int)n;
    }
    if (MISTAKE == FREE_FRAME_LINKED) {
        list_init(&base[n - 1].page_link);
    }
}

static void
lazy_init_memmap(struct Page *base, size_t n) {
    lazy.runs = pmm_metadata;
    lazy_free_pages(base, n);
    if (MISTAKE == DESCRIPTOR_CLEARED_AT_THE_START) {
        base[n / 2].flags = 0;
    }
}

static struct Page *
lazy_alloc_pages(size_t n) {
    size_t k = 0;
    while (k < lazy.nruns && lazy.runs[k].n < n) {
        k++;
    }
    if (n == 0 || k == lazy.nruns) {
        return NULL;
    }
    struct Page *page = pages + lazy.runs[k].first;
    if (MISTAKE == REF_OF_A_FREE_FRAME_READ && page_ref(page) != 0) {
        return NULL;
    }
    lazy.runs[k].first += n;
    lazy.runs[k].n -= n;
    if (lazy.runs[k].n == 0) {
        remove_run(k);
    }
    lazy.nr_free -= n;
    if (MISTAKE == REF_CLEARED_AT_A_GRANT) {
        set_page_ref(page, 0);
    }
    return page;
}

static size_t
lazy_nr_free_pages(void) {
    return lazy.nr_free;
}

static void
lazy_for_each_free(pmm_visit_t visit, void *arg) {
    for (size_t k = 0; k < lazy.nruns; k++) {
        visit(pages + lazy.runs[k].first, lazy.runs[k].n, arg);
    }
}

const struct pmm_manager lazy_pmm_manager = {
    .name = "lazy",
    .init = lazy_init,
    .init_memmap = lazy_init_memmap,
    .alloc_pages = lazy_alloc_pages,
    .free_pages = lazy_free_pages,
    .nr_free_pages = lazy_nr_free_pages,
    .for_each_free = lazy_for_each_free,
    .caps = PMM_SUBRANGE | PMM_LAZY,
    .metadata = lazy_metadata,
};
