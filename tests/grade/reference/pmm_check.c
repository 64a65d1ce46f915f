/*
 * pmm_check.c - a check that tells right policies from wrong ones, through their seven members.
 *
 * It keeps a map of its own of who has which page, and drives memory to its end: that is where
 * most mistakes show. m is fresh from init_memmap; a promise that is broken is a panic.
 */
#include "pmm.h"
#include "string.h"

#define MOST_PAGES  65536
#define MOST_GRANTS 4096

static struct {
    struct Page *base;
    size_t n;
} grants[MOST_GRANTS];

static size_t ngrants;
static unsigned char taken[MOST_PAGES]; /* by us */
static unsigned char ours[MOST_PAGES];  /* was handed out at least once */
static uint64_t state = 88172645463325252;

static uint64_t
random_below(uint64_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* Ask; whatever comes must be pages that nobody has. */
static bool
take(const struct pmm_manager *m, size_t n) {
    size_t before = m->nr_free_pages();
    struct Page *base = m->alloc_pages(n);
    if (base == NULL) {
        assert(m->nr_free_pages() == before);
        return false;
    }
    size_t at = (size_t)(base - pages);
    assert(base >= pages && at + n <= npage - nbase && ngrants < MOST_GRANTS);
    for (size_t i = at; i < at + n; i++) {
        assert(!taken[i] && pages[i].ref == 0);
        taken[i] = ours[i] = 1;
    }
    assert(m->nr_free_pages() + n <= before);
    grants[ngrants].base = base;
    grants[ngrants++].n = n;
    return true;
}

static void
give(const struct pmm_manager *m, size_t which) {
    size_t before = m->nr_free_pages(), n = grants[which].n;
    memset(taken + (grants[which].base - pages), 0, n);
    m->free_pages(grants[which].base, n);
    grants[which] = grants[--ngrants];
    assert(m->nr_free_pages() >= before + n);
}

static void
give_all(const struct pmm_manager *m) {
    while (ngrants > 0) {
        give(m, random_below(ngrants));
    }
}

/* Page by page to the end: what is said to be free can be had. */
static void
drain(const struct pmm_manager *m) {
    while (ngrants < MOST_GRANTS && take(m, 1)) {
    }
    assert(ngrants == MOST_GRANTS || m->nr_free_pages() == 0);
}

/* The largest request that is met, which is given back. */
static size_t
largest(const struct pmm_manager *m) {
    size_t n = 1, most = 0;
    while (n <= m->nr_free_pages()) {
        n *= 2;
    }
    for (size_t step = n; step > 0; step /= 2) {
        if (most + step <= m->nr_free_pages() && take(m, most + step)) {
            give(m, ngrants - 1);
            most += step;
        }
    }
    return most;
}

/* Any sizes, then page by page; now and then some come back. */
static void
mix(const struct pmm_manager *m, size_t most, size_t steps) {
    for (size_t i = 0; i < steps; i++) {
        if (random_below(5) < 2 && ngrants > 0) {
            give(m, random_below(ngrants));
        } else {
            take(m, 1 + random_below(most));
        }
    }
}

static void
refuse(const struct pmm_manager *m) {
    const size_t sizes[] = {m->nr_free_pages() + 1, (size_t)1 << 31, (size_t)1 << 32,
                            ((size_t)1 << 32) + 1,  (size_t)-1,      (size_t)-1 / 2};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert(!take(m, sizes[i]));
    }
}

/* Two halves, freed from below: they must be one again. */
static void
halves(const struct pmm_manager *m, size_t whole) {
    for (size_t part = whole; part > 0; part /= 2) {
        while (ngrants < MOST_GRANTS && take(m, part)) {
        }
        while (ngrants > 0) {
            give(m, 0);
        }
        assert(m->nr_free_pages() < whole || take(m, whole));
        give_all(m);
    }
}

void
pmm_check(const struct pmm_manager *m) {
    size_t all = m->nr_free_pages(), whole = largest(m);
    assert(all > 0 && all <= npage - nbase && npage - nbase <= MOST_PAGES);
    halves(m, whole);
    refuse(m);
    for (size_t round = 0; round < 40; round++) {
        mix(m, 1 + random_below(whole), 20 + random_below(100));
        if (round % 2 == 1) {
            drain(m);
            refuse(m);
        }
        give_all(m);
        assert(m->nr_free_pages() == all);
        assert(take(m, whole));
        give_all(m);
    }
    assert(largest(m) == whole && m->nr_free_pages() == all);
}
