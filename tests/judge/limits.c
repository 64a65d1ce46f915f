/*
 * limits.c - shortfalls that do not make a file wrong, by name.
 *
 * Some show only beside another pool, and are learnt from two small ones before
 * the properties are tried; some are habits, which have a property of their own.
 */
#include <stdio.h>
#include <string.h>

#include "bits.h"
#include "limits.h"

#define ASKED 5 /* pages of the grant that is given back in parts */

bool
limited(struct world *w, const char *promise, const char *title, const char *detail) {
    if (w->judge->house) {
        return broken(&w->model.why, promise, "%s%s%s", title, detail[0] != '\0' ? ": " : "",
                      detail);
    }
    limit_named(&w->judge->limits, promise, title, detail);
    return true;
}

void
limit_named(struct limits *l, const char *promise, const char *title, const char *detail) {
    for (unsigned i = 0; i < l->n; i++) {
        if (strcmp(l->limit[i].title, title) == 0) {
            return;
        }
    }
    if (l->n < MAX_LIMITS) {
        struct limit *at = &l->limit[l->n++];
        at->title = title;
        snprintf(at->promise, sizeof(at->promise), "%s", promise);
        snprintf(at->text, sizeof(at->text), "%s%s%s", title, detail[0] != '\0' ? ": " : "",
                 detail);
    }
}

bool
limited_memory(struct world *w, uint64_t managed, uint64_t given) {
    char detail[64];
    snprintf(detail, sizeof(detail), "%lu of %lu pages", (unsigned long)managed,
             (unsigned long)given);
    return limited(w, "P7",
                   w->judge->power_only ? "manages only the largest power of two"
                                        : "manages fewer pages than it is given",
                   detail);
}

void
limited_ranges(struct world *w, struct pool *p) {
    enum ranges_kept kept = w->judge->ranges;
    if (kept == RANGES_ALL || p->nranges < 2) {
        return;
    }
    p->nranges = p->given = 1;
    limited(w, "P7", "manages only one range",
            kept == RANGES_FIRST ? "the first that it is given" : "the last that it is given");
}

static uint64_t
power_of_two_in(uint64_t n) {
    return (uint64_t)1 << bit_highest(n);
}

/* Which of two ranges does it manage? Their lengths, and the powers in them, are all different. */
static void
learn_ranges(struct judge *j, struct world *w) {
    struct pool p = {.range = {{8, 56}, {72, 20}}, .nranges = 2, .given = 1, .npages = 96};
    struct wire_request q = {.op = WIRE_MEMMAP, .page = p.range[1].page, .n = p.range[1].n};
    struct wire_reply r;
    p.nbase = 0x80000;
    if (!world_start(w, &p) || w->model.managed == 0 ||
        !child_call(&w->child, &q, &r, w->judge->timeout_ms, &w->model.why)) {
        return;
    }
    uint64_t all = r.nr_free + r.overhead;
    for (unsigned i = 0; i < 2; i++) {
        if (all == p.range[i].n || all == power_of_two_in(p.range[i].n)) {
            j->ranges = i == 0 ? RANGES_FIRST : RANGES_LAST;
        }
    }
}

struct judge
judge_apart(const struct judge *j) {
    struct judge quiet = *j;
    quiet.house = false;
    quiet.h1_off = true;
    quiet.limits = (struct limits){0};
    return quiet;
}

void
limits_learn(struct judge *j) {
    struct judge quiet = judge_apart(j);
    struct world w = {.judge = &quiet};
    struct pool p = pool_of(4, 100, 0x80000);
    if (world_start(&w, &p)) {
        j->power_only = w.model.managed == power_of_two_in(100);
    }
    learn_ranges(j, &w);
    j->hung = j->hung || quiet.hung;
    world_close(&w);
}

/* Three pages from the middle of a grant, then the rest, as the course's check frees them. */
static bool
frees_parts(struct world *w) {
    struct pool p = pool_of(0, 16, 0x80000);
    uint32_t id;
    return world_start(w, &p) && world_alloc(w, ASKED, &id) && id != UINT32_MAX &&
           world_free_part(w, id, 2, 3) && world_free_part(w, id, 0, 2) &&
           world_alloc(w, ASKED, &id) && world_free(w, id);
}

static void
note_parts(struct world *w) {
    struct judge quiet = judge_apart(w->judge);
    struct world trial = {.judge = &quiet};
    char detail[300];
    if ((w->judge->caps & PMM_SUBRANGE) == 0 && !frees_parts(&trial)) {
        snprintf(detail, sizeof(detail), "of a grant of %d pages 3 were freed, then 2: %.200s",
                 ASKED, trial.model.why.text);
        limited(w, "P8", "refuses partial frees", detail);
    }
    world_close(&trial);
}

/*
 * Does a policy that rounds to powers of two count from the range, not from page number 0?
 * In a range at an odd page number the two differ for every block of two pages and more.
 */
static void
note_alignment(struct world *w) {
    static const uint64_t sizes[] = {3, 2, 8, 1, 2, 4, 6};
    struct judge quiet = judge_apart(w->judge);
    struct world trial = {.judge = &quiet};
    struct pool p = pool_of(5, 64, 0x80000);
    bool relative = true, absolute = true, rounds = true;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint32_t id;
        if ((i == 0 && !world_start(&trial, &p)) || !world_alloc(&trial, sizes[i], &id) ||
            id == UINT32_MAX) {
            rounds = false;
            break;
        }
        struct grant g = trial.model.grants[id];
        rounds = rounds && g.cost == (uint32_t)1 << log2_ceil(sizes[i]);
        relative = relative && (g.page - p.range[0].page) % g.cost == 0;
        absolute = absolute && (g.page + p.nbase) % g.cost == 0;
    }
    if (rounds && relative && !absolute) {
        limited(w, "H3", "aligns to the range",
                "H3 not kept: blocks start at multiples of their "
                "size from the first page of the range on");
    }
    world_close(&trial);
}

bool
run_limits(struct world *w, struct rng *r) {
    (void)r;
    note_parts(w);
    note_alignment(w);
    return true;
}

static bool
is_marked(const struct world *w, uint32_t page) {
    return (w->model.pages[page].flags >> PG_property & 1) != 0;
}

static bool
starts_one_of(uint32_t page, const struct wire_block *blocks, size_t n) {
    while (n > 0 && blocks[n - 1].page != page) {
        n--;
    }
    return n > 0;
}

bool
limited_marks(struct world *w, const struct wire_block *blocks, size_t n) {
    uint32_t npages = w->pool.npages, marks = 0, page = 0;
    char detail[64];
    if (w->model.lazy || w->judge->stale_marks) {
        return true;
    }
    for (uint32_t i = 0; i < npages; i++) {
        marks += is_marked(w, i);
    }
    for (size_t i = 0; i < n; i++) {
        marks -= is_marked(w, blocks[i].page);
    }
    if (marks == 0) {
        return true;
    }
    while (page < npages && (!is_marked(w, page) || starts_one_of(page, blocks, n))) {
        page++;
    }
    w->judge->stale_marks = !w->judge->house; /* once told is enough */
    snprintf(detail, sizeof(detail), "page %u starts no free block", page);
    return limited(w, "H1", "stale PG_property (H1 not kept)", detail);
}

bool
limited_flags(struct world *w) {
    const volatile struct Page *frames = w->model.pages;
    uint64_t used = 0;
    char detail[64];
    for (uint32_t i = 0; i < w->pool.npages; i++) {
        uint32_t owner = w->model.owner[i];
        uint64_t policys = owner == FREE ? UINT64_MAX : ((uint64_t)1 << PG_owner) - 1;
        used |= owner == FOREIGN || w->model.lazy ? 0 : frames[i].flags & policys;
    }
    used &= ~((uint64_t)1 << PG_reserved | (uint64_t)1 << PG_property);
    snprintf(detail, sizeof(detail), "uses %#lx beside PG_property", (unsigned long)used);
    return used == 0 || w->judge->house || limited(w, "M3", "own flags", detail);
}
