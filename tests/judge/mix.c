/*
 * mix.c - streams of calls: light, heavy, fill and drain.
 *
 * Light streams never free a block that lies above all free ones. That is the
 * case where the best-known mistake of address-ordered lists shows; streams that
 * test other things keep clear of it, so that each mistake costs the points of
 * one property.
 */
#include <stdlib.h>

#include "mix.h"

#define LIGHT_SIZE 8

static bool
free_page_above(const struct world *w, uint32_t page, uint32_t top) {
    return top != UINT32_MAX && page < top && w->model.free > 0;
}

/* The highest free page, or UINT32_MAX. O(1) when memory's top is free. */
static uint32_t
top_free(const struct world *w) {
    for (uint32_t i = w->model.npages; i-- > 0;) {
        if (w->model.owner[i] == FREE) {
            return i;
        }
    }
    return UINT32_MAX;
}

static uint32_t
highest_live(const struct world *w) {
    uint32_t best = UINT32_MAX;
    for (uint32_t k = 0; k < w->nlive; k++) {
        uint32_t id = w->live[k];
        if (best == UINT32_MAX || w->model.grants[id].page > w->model.grants[best].page) {
            best = id;
        }
    }
    return best;
}

uint32_t
pick_safe(const struct world *w, struct rng *r) {
    uint32_t top = top_free(w);
    if (w->nlive == 0) {
        return UINT32_MAX;
    }
    if (w->extras.variant.high_end) { /* grants fill memory from the top: none has one above it */
        return w->live[rng_below(r, w->nlive)];
    }
    if (top == UINT32_MAX) { /* no free block at all: below the highest all is safe afterwards */
        return highest_live(w);
    }
    uint32_t first = (uint32_t)rng_below(r, w->nlive);
    for (uint32_t k = 0; k < w->nlive; k++) {
        uint32_t id = w->live[(first + k) % w->nlive];
        if (free_page_above(w, w->model.grants[id].page, top)) {
            return id;
        }
    }
    return UINT32_MAX;
}

bool
free_all_safely(struct world *w, struct rng *r) {
    while (w->nlive > 0) {
        uint32_t id = pick_safe(w, r);
        if (!world_free(w, id != UINT32_MAX ? id : highest_live(w))) {
            return false;
        }
    }
    return true;
}

struct keyed {
    uint32_t key, id;
};

static int
by_key(const void *a, const void *b) {
    const struct keyed *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

bool
free_in_order(struct world *w, struct rng *r, enum order order, uint32_t keep) {
    uint32_t n = w->nlive;
    bool right = true;
    struct keyed *list = malloc((n + 1) * sizeof(*list));
    if (list == NULL) {
        abort();
    }
    for (uint32_t k = 0; k < n; k++) {
        uint32_t page = w->model.grants[w->live[k]].page;
        uint32_t key[ORDERS] = {(uint32_t)rng_next(r), page, UINT32_MAX - page,
                                page / 2 + (page % 2) * (UINT32_MAX / 2)};
        list[k] = (struct keyed){key[order], w->live[k]};
    }
    qsort(list, n, sizeof(*list), by_key);
    for (uint32_t k = 0; right && k + keep < n; k++) {
        right = world_free(w, list[k].id);
    }
    free(list);
    return right;
}

uint64_t
random_size(struct rng *r, uint64_t most) {
    uint64_t dice = rng_below(r, 100);
    uint64_t cap = dice < 50 ? 4 : dice < 80 ? 16 : dice < 95 ? most / 4 : most;
    cap = cap > most ? most : cap;
    return rng_in(r, 1, cap < 1 ? 1 : cap);
}

bool
light_mix(struct world *w, struct rng *r, unsigned steps) {
    for (unsigned i = 0; i < steps; i++) {
        uint64_t n = rng_in(r, 1, LIGHT_SIZE);
        bool room = w->model.granted + 2 * n <= w->model.managed / 2;
        uint32_t id = UINT32_MAX;
        if (!room || rng_below(r, 100) < 45) {
            id = pick_safe(w, r);
        }
        if (id == UINT32_MAX && !room) {
            break;
        }
        if (!(id != UINT32_MAX ? world_free(w, id) : world_alloc(w, n, &id))) {
            return false;
        }
    }
    return true;
}

bool
heavy_mix(struct world *w, struct rng *r, unsigned steps) {
    uint64_t all = w->model.managed;
    bool filling = true;
    for (unsigned i = 0; i < steps; i++) {
        uint32_t id;
        if (w->nlive == 0 || rng_below(r, 100) < (filling ? 75 : 25)) {
            if (!world_alloc(w, random_size(r, all < 1 ? 1 : all), &id)) {
                return false;
            }
            filling = filling ? id != UINT32_MAX : w->model.free > all / 2;
        } else {
            if (!world_free(w, w->live[rng_below(r, w->nlive)])) {
                return false;
            }
            filling = filling || w->model.free > all / 2;
        }
    }
    return true;
}

bool
fill(struct world *w, struct rng *r, uint64_t most, unsigned refusals) {
    while (refusals > 0) {
        uint32_t id;
        if (!world_alloc(w, rng_in(r, 1, most < 1 ? 1 : most), &id)) {
            return false;
        }
        refusals -= id == UINT32_MAX;
    }
    return true;
}

bool
drain(struct world *w) {
    uint32_t id;
    do {
        if (!world_alloc(w, 1, &id)) {
            return false;
        }
    } while (id != UINT32_MAX);
    return true;
}

/* Halve the range between what can be had and what can not. */
bool
find_largest(struct world *w, uint64_t *largest) {
    uint64_t lo = 0, hi = w->model.free;
    for (uint64_t n = hi; lo < hi; n = lo + (hi - lo + 1) / 2) {
        uint32_t id;
        if (!world_alloc(w, n, &id) || (id != UINT32_MAX && !world_free(w, id))) {
            return false;
        }
        if (id != UINT32_MAX) {
            lo = n;
        } else {
            hi = n - 1;
        }
    }
    *largest = lo;
    return true;
}
