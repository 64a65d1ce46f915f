/*
 * basic_check.h - the textbook check that the policies share, told step by step.
 *
 * Runs on a policy in use and leaves it as it was. Where memory is too short
 * for a step it says so and stops; a broken promise is a panic.
 */
#ifndef KERN_MM_BASIC_CHECK_H
#define KERN_MM_BASIC_CHECK_H

#include "pmm.h"
#include "stdio.h"

struct basic_check {
    const struct pmm_manager *m;
    unsigned int *nr_free; /* the policy's own count of free pages */
    bool show;             /* tell the steps, dump the lists */
};

#define BASIC_CHECK_SAY(c, ...)                                                                    \
    do {                                                                                           \
        if ((c)->show) {                                                                           \
            cprintf(__VA_ARGS__);                                                                  \
        }                                                                                          \
    } while (0)

/* Pages that the policy keeps for itself: they may change with every call. */
static size_t
basic_check_overhead(const struct basic_check *c) {
    return c->m->overhead == NULL ? 0 : c->m->overhead();
}

static size_t
basic_check_not_granted(const struct basic_check *c) {
    return c->m->nr_free_pages() + basic_check_overhead(c);
}

static void
basic_check_dump(const struct basic_check *c) {
    if (c->show) {
        c->m->dump_list();
    }
}

/* Three pages, one at a time; false when they are not to be had. */
static bool
basic_check_take3(const struct basic_check *c, struct Page *p[3]) {
    for (size_t i = 0; i < 3; i++) {
        p[i] = c->m->alloc_pages(1);
        if (p[i] == NULL) {
            while (i-- > 0) {
                c->m->free_pages(p[i], 1);
            }
            return false;
        }
        bool lazy = (c->m->caps & PMM_LAZY) != 0; /* then P3 is the facade's */
        assert(lazy || page_ref(p[i]) == 0);
        assert(page2pa(p[i]) < npage * PGSIZE);
    }
    assert(p[0] != p[1] && p[0] != p[2] && p[1] != p[2]);
    return true;
}

static void
basic_check_free3(const struct basic_check *c, struct Page *p[3]) {
    for (size_t i = 0; i < 3; i++) {
        c->m->free_pages(p[i], 1);
    }
}

static bool
basic_check_singles(const struct basic_check *c) {
    struct Page *p[3];
    if (!basic_check_take3(c, p)) {
        BASIC_CHECK_SAY(c, "basic_check: no three single pages are free, stopped here\n");
        return false;
    }
    BASIC_CHECK_SAY(c, "basic_check: three single pages: %#zx %#zx %#zx\n", page2ppn(p[0]),
                    page2ppn(p[1]), page2ppn(p[2]));
    basic_check_dump(c);

    size_t overhead = basic_check_overhead(c);
    unsigned int aside = *c->nr_free;
    *c->nr_free = 0;
    assert(c->m->alloc_pages(1) == NULL);
    BASIC_CHECK_SAY(c, "basic_check: %u put aside, the count is 0: no page can be had\n", aside);

    basic_check_free3(c, p);
    assert(basic_check_not_granted(c) == overhead + 3);
    if (basic_check_overhead(c) == overhead) {
        assert(basic_check_take3(c, p));
        assert(basic_check_overhead(c) != overhead || c->m->alloc_pages(1) == NULL);
        BASIC_CHECK_SAY(c, "basic_check: three freed, three taken again, there is no fourth\n");
        basic_check_free3(c, p);
    }
    BASIC_CHECK_SAY(c, "basic_check: freed again, the count is %u; it becomes %u + 3\n",
                    *c->nr_free, aside);
    *c->nr_free += aside;
    return true;
}

static void
basic_check_blocks(const struct basic_check *c) {
    static const size_t length[3] = {45, 31, 125};
    struct Page *p[3];
    size_t before = basic_check_not_granted(c);
    size_t granted[3];
    size_t sum = 0;
    size_t had = 0;
    while (had < 3) {
        size_t n = length[had];
        p[had] = c->m->alloc_pages(n);
        if (p[had] == NULL) {
            break;
        }
        granted[had] = c->m->grant == NULL ? n : c->m->grant(n);
        sum += granted[had++];
    }
    assert(before - basic_check_not_granted(c) == sum);
    if (had == 3) {
        BASIC_CHECK_SAY(c, "basic_check: 45 + 31 + 125 pages: %zu + %zu + %zu are gone\n",
                        granted[0], granted[1], granted[2]);
        basic_check_dump(c);
    } else {
        BASIC_CHECK_SAY(c, "basic_check: no room for 45 + 31 + 125 pages, step left out\n");
    }
    while (had-- > 0) {
        c->m->free_pages(p[had], length[had]);
    }
    assert(basic_check_not_granted(c) == before);
    BASIC_CHECK_SAY(c, "basic_check: all freed, the count is %u again\n", *c->nr_free);
    basic_check_dump(c);
}

static void
basic_check_run(const struct basic_check *c) {
    size_t before = basic_check_not_granted(c);
    if (basic_check_singles(c)) {
        basic_check_blocks(c);
    }
    assert(basic_check_not_granted(c) == before);
    BASIC_CHECK_SAY(c, "basic_check: passed\n");
}

#endif
