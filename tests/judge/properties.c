/*
 * properties.c - what is tested, by name; each passes, is broken, or is limited.
 *
 * What must hold after each call is the model's business. Here is only which
 * calls are made, and in what state the last look is taken.
 */
#include "properties.h"
#include "cost.h"
#include "limits.h"
#include "measure.h"
#include "mix.h"

#define LARGE 4096 /* pages: streams on larger pools free in cheap orders */

static bool
run_init(struct world *w, struct rng *r) {
    uint32_t id;
    if (!world_alloc(w, w->model.managed, &id) || (id != UINT32_MAX && !world_free(w, id))) {
        return false;
    }
    return world_alloc(w, 1, &id) && free_all_safely(w, r);
}

static bool
run_single(struct world *w, struct rng *r) {
    unsigned steps = (unsigned)rng_in(r, 4, 60);
    for (unsigned i = 0; i < steps; i++) {
        uint32_t id = rng_below(r, 100) < 40 ? pick_safe(w, r) : UINT32_MAX;
        if (!(id != UINT32_MAX ? world_free(w, id) : world_alloc(w, 1, &id))) {
            return false;
        }
    }
    return free_all_safely(w, r);
}

/* Requests that nothing can meet, the arithmetic traps among them. */
static bool
ask_too_much(struct world *w) {
    const uint64_t sizes[] = {
        w->model.free + 1, w->model.managed + 1, (uint64_t)w->model.npages + w->model.managed + 1,
        (uint64_t)1 << 31, (uint64_t)1 << 32,    ((uint64_t)1 << 32) + 1,
        SIZE_MAX / 2,      SIZE_MAX / 2 + 1,     SIZE_MAX - 1,
        SIZE_MAX};
    uint32_t id;
    if (!w->judge->no_zero && !world_alloc(w, 0, &id)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        if (!world_alloc(w, sizes[i], &id)) {
            return false;
        }
    }
    return true;
}

static bool
run_refuse(struct world *w, struct rng *r) {
    uint32_t id;
    if (!ask_too_much(w) || !light_mix(w, r, 30) || !ask_too_much(w)) {
        return false;
    }
    for (unsigned i = 0; i < 70 && w->model.free > 0; i++) {
        if (!world_alloc(w, 1, &id)) {
            return false;
        }
    }
    return ask_too_much(w) && free_all_safely(w, r) && ask_too_much(w);
}

static bool
run_light(struct world *w, struct rng *r) {
    return light_mix(w, r, (unsigned)rng_in(r, 20, 160)) && free_all_safely(w, r);
}

static bool
run_heavy(struct world *w, struct rng *r) {
    unsigned most = w->model.managed < 32 ? 16 + 4 * (unsigned)w->model.managed : 160;
    return heavy_mix(w, r, (unsigned)rng_in(r, 8, most));
}

/* Two rounds: fill, take what is left page by page, free some. */
static bool
run_exhaust(struct world *w, struct rng *r) {
    bool large = w->model.managed > LARGE;
    uint64_t most = w->model.managed / rng_in(r, 2, 10);
    for (unsigned round = 0; round < 2; round++) {
        if (!fill(w, r, large ? most / 16 : most, 4) || !drain(w)) {
            return false;
        }
        enum order order =
            large ? ORDER_RISING + (enum order)rng_below(r, 2) : (enum order)rng_below(r, ORDERS);
        uint32_t keep = round == 0 ? (uint32_t)rng_below(r, w->nlive + 1) : 0;
        if (!free_in_order(w, r, order, large && round == 0 ? w->nlive - w->nlive / 16 : keep)) {
            return false;
        }
    }
    return true;
}

/* All is free: what could be had at first can be had again. */
static bool
take_largest(struct world *w) {
    uint32_t id;
    return w->model.largest == 0 || (world_alloc(w, w->model.largest, &id) && world_free(w, id));
}

/* All of memory in equal grants, all freed: first two halves, rising; then any. */
static bool
run_merge(struct world *w, struct rng *r) {
    uint64_t part = (w->model.managed + 1) / 2;
    enum order order = ORDER_RISING;
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t id = 0; id != UINT32_MAX;) {
            if (!world_alloc(w, part, &id)) {
                return false;
            }
        }
        if (!free_in_order(w, r, order, 0) || !take_largest(w)) {
            return false;
        }
        part = rng_below(r, 2) == 0 ? 1 : rng_in(r, 1, (w->model.managed + 3) / 4);
        order = (enum order)rng_below(r, ORDERS);
    }
    return true;
}

static bool
run_whole(struct world *w, struct rng *r) {
    unsigned most = w->model.managed < 32 ? 16 : 80;
    return heavy_mix(w, r, (unsigned)rng_in(r, 4, most)) && free_in_order(w, r, ORDER_RANDOM, 0) &&
           take_largest(w);
}

static bool
run_ranges(struct world *w, struct rng *r) {
    for (unsigned next = w->pool.given; next <= w->pool.nranges; next++) {
        if (!light_mix(w, r, (unsigned)rng_in(r, 5, 40))) {
            return false;
        }
        if (next < w->pool.nranges && !world_give(w, next)) {
            return false;
        }
    }
    return free_all_safely(w, r);
}

/* Every grant comes back in pieces, in any order. */
static bool
run_subrange(struct world *w, struct rng *r) {
    for (unsigned i = 0; i < 12; i++) {
        uint32_t id;
        uint32_t n = (uint32_t)random_size(r, w->model.managed);
        if (!world_alloc(w, n, &id)) {
            return false;
        }
        if (id == UINT32_MAX) {
            continue;
        }
        uint32_t a = (uint32_t)rng_below(r, n), b = (uint32_t)rng_in(r, a + 1, n);
        if (rng_below(r, 4) != 0 && b - a < n) {
            if (!world_free_part(w, id, a, b - a) || (a > 0 && !world_free_part(w, id, 0, a)) ||
                (b < n && !world_free_part(w, id, b, n - b))) {
                return false;
            }
        }
    }
    return free_in_order(w, r, ORDER_RANDOM, 0) && take_largest(w);
}

/* The policy's own checks run on a pool that is all free, and leave it so. */
static bool
run_selfcheck(struct world *w, struct rng *r) {
    static const struct {
        uint64_t has;
        enum wire_op op;
        const char *name;
    } checks[] = {{WIRE_HAS_CHECK, WIRE_CHECK, "check"},
                  {WIRE_HAS_BASIC_CHECK, WIRE_BASIC_CHECK, "basic_check"}};
    (void)r;
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        struct wire_reply reply;
        if ((w->child.has & checks[i].has) == 0) {
            continue;
        }
        world_renew(w);
        if (!world_start(w, &w->pool) || !world_call(w, checks[i].op, 0, &reply)) {
            return false;
        }
        if (reply.nr_free != w->model.free) {
            return broken(&w->model.why, "P4", "%s() took nr_free_pages() from %lu to %lu",
                          checks[i].name, (unsigned long)w->model.free,
                          (unsigned long)reply.nr_free);
        }
    }
    return true;
}

/* Sizes that lecture notes use, then any. */
static bool
run_rounding(struct world *w, struct rng *r) {
    static const uint64_t sizes[] = {27, 66, 1, 2, 3, 45, 31, 125, 5, 64, 33};
    for (size_t i = 0; i < ARRAY_SIZE(sizes) + 20; i++) {
        uint64_t n = i < ARRAY_SIZE(sizes) ? sizes[i] : rng_in(r, 1, 80);
        uint32_t id;
        if (!world_alloc(w, n, &id) || (i % 2 == 1 && !free_all_safely(w, r))) {
            return false;
        }
    }
    return free_all_safely(w, r);
}

/* All of 16 pages in blocks of 2; free those at pages 2 and 4: neighbours, but no buddies. */
static bool
free_two_neighbours(struct world *w, bool rising) {
    uint32_t id, ids[16] = {0};
    for (unsigned i = 0; i < 8; i++) {
        if (!world_alloc(w, 2, &id)) {
            return false;
        }
        if (id != UINT32_MAX) {
            ids[w->model.grants[id].page % ARRAY_SIZE(ids)] = id;
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        uint32_t page = (i == 0) == rising ? 2 : 4;
        if (w->model.owner[page] != FREE && !world_free(w, ids[page])) {
            return false;
        }
    }
    return true;
}

static bool
run_buddies(struct world *w, struct rng *r) {
    for (int rising = 0; rising < 2; rising++) {
        uint32_t id;
        if (!free_two_neighbours(w, rising) || !world_alloc(w, 4, &id) || !world_alloc(w, 2, &id) ||
            !world_alloc(w, 2, &id) || !free_in_order(w, r, ORDER_RANDOM, 0)) {
            return false;
        }
    }
    return true;
}

/* All of memory in blocks of the top size, none larger; and the same again when they were freed. */
static bool
run_top(struct world *w, struct rng *r) {
    uint64_t top = w->extras.variant.top;
    for (unsigned round = 0; round < 2; round++) {
        uint32_t id;
        if (!world_alloc(w, top + 1, &id) || !world_alloc(w, 2 * top, &id)) {
            return false;
        }
        for (id = 0; id != UINT32_MAX;) {
            if (!world_alloc(w, top, &id)) {
                return false;
            }
        }
        if (!free_in_order(w, r, ORDER_RANDOM, 0)) {
            return false;
        }
    }
    return true;
}

struct pool
pool_with_holes(struct rng *r, bool any_order, uint64_t first_ppn) {
    struct pool p = {.nranges = (unsigned)rng_in(r, 2, MAX_RANGES), .nbase = first_ppn};
    uint32_t at = (uint32_t)rng_below(r, 9);
    for (unsigned i = p.nranges; i-- > 0;) { /* the highest range comes first */
        uint32_t n = (uint32_t)(rng_below(r, 4) == 0 ? rng_in(r, 1, 4) : rng_in(r, 20, 110));
        p.range[i] = (struct range){at, n};
        at += n + (rng_below(r, 4) == 0 ? 0 : (uint32_t)rng_in(r, 1, 12));
    }
    p.npages = 1024;
    p.given = p.nranges;
    if (any_order) {
        bool rising = rng_below(r, 2) == 0;
        for (unsigned i = 0; i < p.nranges; i++) {
            unsigned j = rising ? p.nranges - 1 - i : (unsigned)rng_below(r, p.nranges);
            struct range x = p.range[i];
            if (!rising || i < j) {
                p.range[i] = p.range[j];
                p.range[j] = x;
            }
        }
        p.given = (unsigned)rng_in(r, 1, p.nranges);
    }
    return p;
}

const struct property properties[] = {
    {"init", "init_memmap takes every page, at any base and length", run_init,
     .pools = POOLS_SHAPES, .once = true},
    {"single", "single pages: all different, ref 0, counted", run_single, .pools = POOLS_ANY},
    {"refuse", "0 pages and too many get NULL, and nothing changes", run_refuse,
     .pools = POOLS_ANY},
    {"light", "a random mix that leaves half of memory free", run_light, .pools = POOLS_ROOMY},
    {"heavy", "a random mix that is driven to NULL again and again", run_heavy, .pools = POOLS_ANY},
    {"exhaust", "memory is filled, and every free page can be had singly", run_exhaust,
     .pools = POOLS_DRAIN},
    {"merge", "blocks freed in any order join again", run_merge, .pools = POOLS_MERGE,
     .largest = true},
    {"whole", "after any mix the largest block can be had again", run_whole, .pools = POOLS_ANY,
     .largest = true},
    {"ranges", "several ranges with holes, from the highest down", run_ranges,
     .pools = POOLS_HOLES},
    {"ranges_order", "several ranges in any order, and later ones", run_ranges,
     .pools = POOLS_HOLES},
    {"reinit", "init() restores the first state", run_light, .pools = POOLS_ROOMY,
     .extras = {.twice = true}},
    {"subrange", "any part of a grant can be freed", run_subrange, .pools = POOLS_ANY,
     .caps = PMM_SUBRANGE, .largest = true},
    {"owner", "what the owner writes into its frames stays there", run_light, .pools = POOLS_ROOMY,
     .extras = {.junk = true}},
    {"selfcheck", "its own checks pass and leave the free pages as they were", run_selfcheck,
     .pools = POOLS_COURSE, .once = true, .bare = true, .checks = true},
    {"limits", "parts of a grant can be freed, and blocks lie where H3 wants them", run_limits,
     .pools = POOLS_SIXTEEN, .outside = true, .once = true},
    {"cost", "16 times the memory is not 4 times the work", run_cost, .pools = POOLS_SIXTEEN,
     .traced = true, .once = true},
    {"placement", "pages come from where the rule takes them", run_light, .pools = POOLS_ROOMY,
     .any_rule = true, .largest = true, .extras = {.place = true}},
    {"rounding", "27 pages cost 32, 66 cost 128", run_rounding, .pools = POOLS_BUDDY,
     .rule = RULE_BUDDY, .extras = {.size = true}},
    {"aligned", "a block's page number is a multiple of its size", run_heavy, .pools = POOLS_BUDDY,
     .rule = RULE_BUDDY, .extras = {.align = true}},
    {"buddies", "equal neighbours that are no buddies stay apart", run_buddies,
     .pools = POOLS_SIXTEEN, .rule = RULE_BUDDY, .largest = true, .once = true,
     .extras = {.place = true}},
    {"top", "the largest block has as many pages as it should, and no more can be had", run_top,
     .pools = POOLS_EVEN, .rule = RULE_BUDDY, .sized = true, .once = true,
     .extras = {.place = true}},
    {"measure", "instructions of a call, and memory that is lost, in one course of requests",
     run_measure, .pools = POOLS_EVEN, .measures = true, .once = true, .bare = true},
};

const size_t nproperties = ARRAY_SIZE(properties);
