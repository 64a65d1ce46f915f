/*
 * puppet.h - a policy that answers whatever the test wants, and its twin from outside.
 *
 * Behind host_test.h; in one file of a program.
 */
#ifndef TESTS_HOST_PUPPET_H
#define TESTS_HOST_PUPPET_H

#include "pmm_env.h"

static struct {
    struct Page *answer;
    size_t nr_free;
    struct Page *head[2]; /* its free blocks */
    size_t length[2];
    size_t nested;   /* pages to ask for from within */
    size_t refuses;  /* pages of a range that it does not take over */
    size_t rounding; /* pages that a request costs beyond its length */
    bool counts;     /* nr_free follows the calls */
    struct Page *nested_page;
    size_t counted;        /* by nr_free_pages(), from within */
    bool interrupted;      /* were interrupts on when it was last asked for its count? */
    size_t allocs, frees;  /* calls */
    size_t asked[4];       /* the first calls: alloc_pages(asked) */
    struct Page *freed[4]; /* free_pages(freed, freed_n) */
    size_t freed_n[4];
} puppet;

static void
puppet_init(void) {
}

static void
puppet_init_memmap(struct Page *base, size_t n) {
    for (size_t i = 0; i < n && (pmm_manager->caps & PMM_LAZY) == 0; i++) {
        ClearPageReserved(base + i);
    }
    puppet.nr_free += n - puppet.refuses;
    puppet.head[0] = base;
    puppet.length[0] = n;
}

static struct Page *
puppet_alloc_pages(size_t n) {
    puppet.asked[puppet.allocs++ % 4] = n;
    puppet.nr_free -= puppet.counts ? n + puppet.rounding : 0;
    size_t inner = puppet.nested;
    puppet.nested = 0;
    if (inner != 0) {
        puppet.counted = nr_free_pages();
        puppet.nested_page = alloc_pages(inner);
    }
    return puppet.answer;
}

static void
puppet_free_pages(struct Page *base, size_t n) {
    puppet.freed[puppet.frees % 4] = base;
    puppet.freed_n[puppet.frees++ % 4] = n;
    puppet.nr_free += puppet.counts ? n + puppet.rounding : 0;
    size_t inner = puppet.nested;
    puppet.nested = 0;
    if (inner != 0) {
        free_pages(puppet.nested_page, inner);
    }
}

static size_t
puppet_nr_free_pages(void) {
    puppet.interrupted = host_intr_on;
    return puppet.nr_free;
}

static void
puppet_check(void) {
    puppet.answer = alloc_pages(3); /* nothing is booked in raw mode */
    puppet.nr_free -= 1;
}

static void
puppet_for_each_free(pmm_visit_t visit, void *arg) {
    for (size_t i = 0; i < 2; i++) {
        if (puppet.head[i] != NULL) {
            visit(puppet.head[i], puppet.length[i], arg);
        }
    }
}

static size_t
puppet_grant(size_t n) {
    return n;
}

static struct pmm_manager puppet_pmm_manager = {
    .name = "puppet",
    .init = puppet_init,
    .init_memmap = puppet_init_memmap,
    .alloc_pages = puppet_alloc_pages,
    .free_pages = puppet_free_pages,
    .nr_free_pages = puppet_nr_free_pages,
    .check = puppet_check,
    .grant = puppet_grant,
    .for_each_free = puppet_for_each_free,
};

/* The same as a file from outside, which shows its free blocks by marks at best. */
const struct pmm_manager dropin_pmm_manager = {
    .name = "dropin puppet",
    .init = puppet_init,
    .init_memmap = puppet_init_memmap,
    .alloc_pages = puppet_alloc_pages,
    .free_pages = puppet_free_pages,
    .nr_free_pages = puppet_nr_free_pages,
};

static void
start_puppet(void) {
    memset(&puppet, 0, sizeof(puppet));
    start(&puppet_pmm_manager);
}

static inline void
start_dropin(void) {
    memset(&puppet, 0, sizeof(puppet));
    start(&dropin_pmm_manager);
}

/* Grants n pages as the next multiple of 8. */
static inline size_t
grants_eights(size_t n) {
    return (n + 7) / 8 * 8;
}

/* A fresh zone in which the puppet answers with `page`. */
static inline void
start_with_answer(struct Page *page) {
    start_puppet();
    puppet.answer = page;
}

#endif
