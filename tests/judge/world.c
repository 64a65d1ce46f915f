/*
 * world.c - calls to the policy, each one checked by the model and recorded.
 *
 * Audits: after every step, for pools above 4,096 pages after each 1,024th, and
 * always when NULL has to be explained.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hoard.h"
#include "limits.h"
#include "owner.h"
#include "rules.h"
#include "world.h"

#define AFTER_HANG_MILLIS 250 /* a policy that hung once is not waited for as long again */
#define MACHINE_ROOM      4096
#define LARGE_POOL        4096
#define LARGE_POOL_AUDIT  1024

struct pool
pool_of(uint32_t page, uint32_t n, uint64_t first_ppn) {
    return (struct pool){
        .range = {{page, n}}, .nranges = 1, .given = 1, .npages = page + n, .nbase = first_ppn};
}

uint64_t
pool_pages(const struct pool *p) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < p->nranges; i++) {
        sum += p->range[i].n;
    }
    return sum;
}

static bool
audit_due(const struct world *w) {
    unsigned every = w->judge->audit_every;
    if (every == 0) {
        every = w->pool.npages > LARGE_POOL ? LARGE_POOL_AUDIT : 1;
    }
    return !w->judge->h1_off && w->nsteps % every == 0;
}

/* Of a large pool each page is looked at when it comes back. */
static bool
owner_due(const struct world *w, bool audited) {
    return w->extras.junk || (audited && w->pool.npages <= LARGE_POOL);
}

/* In milliseconds, for one call. */
static unsigned
time_limit(const struct world *w) {
    const struct judge *j = w->judge;
    return j->hung && j->timeout_ms > AFTER_HANG_MILLIS ? AFTER_HANG_MILLIS : j->timeout_ms;
}

static bool
failed_call(struct world *w) {
    child_stop(&w->child);
    w->judge->hung = w->judge->hung || strcmp(w->model.why.promise, "hang") == 0;
    w->judge->fault = w->judge->fault || strcmp(w->model.why.promise, "judge") == 0;
    return false;
}

static bool
tells_overhead(const struct world *w) {
    return (w->child.has & (WIRE_HAS_GRANT | WIRE_HAS_OVERHEAD)) != 0;
}

/*
 * Of a policy that takes pages from itself, all that is neither free nor asked
 * for is overhead; `change` is what the call added to the pages in grants.
 */
static void
derive_overhead(const struct world *w, struct answer *a, int64_t change) {
    if (w->judge->nests) {
        int64_t rest = (int64_t)(w->model.managed - w->model.granted - a->nr_free) - change;
        a->overhead = rest > 0 ? (uint64_t)rest : 0;
    }
}

/* Ask; then fill in what the model wants to know. */
static bool
ask(struct world *w, struct wire_request *q, struct answer *a, struct wire_reply *r) {
    if ((w->child.has & WIRE_HAS_FREE_BLOCKS) != 0 && (q->flags & WIRE_WANT_BLOCKS) != 0) {
        w->child.blocks[0].n = 0;
    }
    if (!child_call(&w->child, q, r, time_limit(w), &w->model.why)) {
        return failed_call(w);
    }
    w->steps_taken = r->steps;
    w->judge->nests = w->judge->nests || (r->nested != 0 && !tells_overhead(w));
    *a = (struct answer){r->page, r->nr_free, r->overhead, r->grant,
                         (w->child.has & WIRE_HAS_GRANT) != 0};
    return true;
}

/* Read the free blocks by PG_property, as ucore has it. */
static size_t
scan_blocks(struct world *w) {
    const volatile struct Page *frames = w->model.pages;
    size_t n = 0;
    for (uint32_t i = 0; i < w->pool.npages && !w->model.lazy; i++) {
        if ((frames[i].flags >> PG_property & 1) != 0) {
            w->scan[n++] = (struct wire_block){i, frames[i].property};
        }
    }
    return n;
}

/* H1 and P2; when the policy does not show its blocks, that is all there will be. */
static bool
audit(struct world *w, const struct wire_reply *r) {
    struct model *m = &w->model;
    const struct wire_block *blocks = w->child.blocks;
    size_t n = r->nblocks <= w->pool.npages ? r->nblocks : w->pool.npages;
    if (w->judge->h1_off) {
        return true;
    }
    if ((w->child.has & WIRE_HAS_FREE_BLOCKS) == 0) {
        blocks = w->scan;
        n = scan_blocks(w);
    }
    if (model_blocks(m, blocks, n)) {
        return limited_marks(w, blocks, n);
    }
    if (w->judge->house) {
        return false;
    }
    w->judge->h1_off = true;
    m->blocks_known = false;
    bool none = (w->child.has & WIRE_HAS_FREE_BLOCKS) == 0 && n == 0;
    return limited(w, "H1", none ? "keeps no PG_property (H1 not kept)" : "H1 not kept",
                   m->why.text);
}

static struct step *
record(struct world *w, struct op op, uint64_t page) {
    if (w->nsteps == w->max_steps) {
        w->max_steps = w->max_steps == 0 ? 256 : 2 * w->max_steps;
        w->steps = realloc(w->steps, w->max_steps * sizeof(*w->steps));
        if (w->steps == NULL) {
            abort();
        }
    }
    w->steps[w->nsteps] = (struct step){op, page, w->model.free};
    return &w->steps[w->nsteps++];
}

/* NULL: it may need the free blocks to be explained. */
static bool
refused(struct world *w, uint64_t n, const struct answer *a, struct wire_reply *r, bool looked) {
    struct model *m = &w->model;
    bool same = w->judge->house && m->blocks_known && !w->judge->cached;
    uint64_t hash = m->blocks_hash;
    if (w->judge->cached) {
        model_drained(m, a);
    }
    if (!looked && !w->judge->h1_off && n > 0 && n <= a->nr_free) {
        struct wire_request look = {.op = WIRE_LOOK, .flags = WIRE_WANT_BLOCKS};
        struct answer unused;
        looked = ask(w, &look, &unused, r);
        if (!looked) {
            return false;
        }
    }
    if (looked && !audit(w, r)) {
        return false;
    }
    if (same && looked && m->blocks_known && m->blocks_hash != hash) {
        return broken(&m->why, "P5", "NULL, but the free blocks are not what they were");
    }
    return model_refused(m, n, a) && hoard_refused(w, n, a);
}

static bool
granted(struct world *w, uint32_t id, uint64_t n, const struct answer *a, struct wire_reply *r,
        bool looked) {
    struct model *m = &w->model;
    if (!model_granted(m, id, n, a) || !hoard_granted(w, &m->grants[id])) {
        return false;
    }
    w->live_at[id] = w->nlive;
    w->live[w->nlive++] = id;
    w->judge->rounds = m->rounds;
    if (!m->lazy && (m->pages[a->page].flags >> PG_reserved & 1) != 0 &&
        !limited(w, "M4", "marks allocated pages reserved", "")) {
        return false;
    }
    return owner_takes(w, id) && (!looked || audit(w, r));
}

bool
world_alloc(struct world *w, uint64_t n, uint32_t *id) {
    struct model *m = &w->model;
    bool look = audit_due(w);
    struct wire_request q = {.op = WIRE_ALLOC, .n = n, .flags = look ? WIRE_WANT_BLOCKS : 0};
    struct wire_reply r;
    struct answer a;
    uint32_t mine = w->next_id++;
    struct why rule;
    *id = UINT32_MAX;
    if (mine >= m->max_grants) {
        w->judge->fault = true;
        return broken(&m->why, "judge", "more calls than there is room for");
    }
    m->grants[mine] = (struct grant){0};
    struct step *step = record(w, (struct op){OP_ALLOC, mine, 0, n}, WIRE_STRAY);
    if (!ask(w, &q, &a, &r)) {
        return false;
    }
    step->page = a.page;
    step->nr_free = a.nr_free;
    derive_overhead(w, &a, a.page == WIRE_NO_PAGE ? 0 : (int64_t)n);
    bool placed = rule_right(w, n, &a, &rule);
    rule_size(w, n, &a);
    bool right =
        a.page == WIRE_NO_PAGE ? refused(w, n, &a, &r, look) : granted(w, mine, n, &a, &r, look);
    if (!right) {
        return false;
    }
    if (!placed) {
        m->why = rule;
        return false;
    }
    *id = a.page == WIRE_NO_PAGE ? UINT32_MAX : mine;
    return !owner_due(w, look) || owner_looks(w);
}

static bool
free_pages_of(struct world *w, struct op op, uint32_t off, uint32_t n) {
    struct model *m = &w->model;
    struct grant *g = &m->grants[op.id];
    bool look = audit_due(w);
    struct wire_request q = {.op = WIRE_FREE, .page = g->page + off, .n = n};
    struct wire_reply r;
    struct answer a;
    q.flags = look ? WIRE_WANT_BLOCKS : 0;
    struct step *step = record(w, op, g->page + off);
    if (!owner_leaves(w, op.id, off, n) || !ask(w, &q, &a, &r)) {
        return false;
    }
    step->nr_free = a.nr_free;
    derive_overhead(w, &a, -(int64_t)(n == g->n ? g->cost : n));
    if (g->left == n) {
        w->live[w->live_at[op.id]] = w->live[--w->nlive];
        w->live_at[w->live[w->live_at[op.id]]] = w->live_at[op.id];
    }
    return model_freed(m, op.id, off, n, &a) && (!look || audit(w, &r)) &&
           (!owner_due(w, look) || owner_looks(w));
}

bool
world_free(struct world *w, uint32_t id) {
    uint32_t n = w->model.grants[id].n;
    return free_pages_of(w, (struct op){OP_FREE, id, 0, n}, 0, n);
}

bool
world_free_part(struct world *w, uint32_t id, uint32_t off, uint32_t n) {
    return free_pages_of(w, (struct op){OP_PART, id, off, n}, off, n);
}

bool
world_give(struct world *w, unsigned range) {
    struct range x = w->pool.range[range];
    bool look = audit_due(w);
    struct wire_request q = {.op = WIRE_MEMMAP, .page = x.page, .n = x.n};
    struct wire_reply r;
    struct answer a;
    q.flags = look ? WIRE_WANT_BLOCKS : 0;
    struct step *step = record(w, (struct op){OP_GIVE, range, 0, x.n}, x.page);
    if (!ask(w, &q, &a, &r)) {
        return false;
    }
    step->nr_free = a.nr_free;
    a.overhead = w->judge->nests ? w->model.overhead : a.overhead;
    if (!model_memmap(&w->model, x.page, x.n, &a)) {
        return false;
    }
    if (w->model.missing > 0 &&
        !limited_memory(w, w->model.managed, w->model.managed + w->model.missing)) {
        return false;
    }
    return hoard_given(w) && (!look || audit(w, &r)) && (!owner_due(w, look) || owner_looks(w));
}

bool
world_call(struct world *w, enum wire_op op, uint64_t n, struct wire_reply *r) {
    struct wire_request q = {.op = op, .n = n};
    struct answer a;
    return ask(w, &q, &a, r);
}

/*
 * Descriptors as they are before init(): reserved, ref 0; the rest zero, or as it was left. Under
 * PMM_LAZY they hold anything.
 */
static void
lay_out(struct world *w, bool stale) {
    struct Page *frames = child_pages(&w->child, w->pool.npages);
    memset(w->child.area, SLACK_BYTE, (size_t)((char *)frames - w->child.area));
    if (!stale) {
        memset(frames, 0, w->pool.npages * sizeof(struct Page));
    }
    for (uint32_t i = 0; i < w->pool.npages; i++) {
        frames[i].flags = (uint64_t)1 << PG_reserved;
        frames[i].ref = 0;
        if (w->model.lazy) {
            frames[i] = owner_nobodys(i);
        }
    }
}

static bool
begin(struct world *w, bool stale) {
    struct wire_request q = {.op = WIRE_INIT, .npages = w->pool.npages, .nbase = w->pool.nbase};
    struct wire_reply r;
    struct answer a;
    w->nsteps = 0;
    w->next_id = 0;
    w->nlive = 0;
    w->model.lazy = (w->child.caps & PMM_LAZY) != 0;
    lay_out(w, stale);
    model_init(&w->model, child_pages(&w->child, w->pool.npages), w->pool.npages);
    w->model.rounds = w->judge->rounds;
    memset(w->had, false, w->pool.npages * sizeof(*w->had));
    if (!ask(w, &q, &a, &r)) {
        return false;
    }
    for (unsigned i = 0; i < w->pool.given; i++) {
        if (!world_give(w, i)) {
            return false;
        }
    }
    return true;
}

static bool
make_room(struct world *w, uint32_t npages) {
    if (npages <= w->capacity) {
        return true;
    }
    model_close(&w->model);
    w->capacity = npages;
    if (!model_open(&w->model, npages)) {
        return false;
    }
    w->live = realloc(w->live, w->model.max_grants * sizeof(*w->live));
    w->live_at = realloc(w->live_at, w->model.max_grants * sizeof(*w->live_at));
    w->scan = realloc(w->scan, npages * sizeof(*w->scan));
    w->had = realloc(w->had, npages * sizeof(*w->had));
    return w->live != NULL && w->live_at != NULL && w->scan != NULL && w->had != NULL;
}

/* Will the child that runs do for that pool? A machine starts slowly: any pool that fits. */
static bool
child_fits(const struct world *w, const struct pool *pool) {
    const struct child *c = &w->child;
    if (c->pid == 0 || w->judge->fresh_each) {
        return false;
    }
    return c->memory != NULL ? pool->npages <= c->capacity
                             : pool->npages == w->pool.npages && pool->nbase == w->pool.nbase;
}

/* Descriptors for which a new child gets room. */
static uint32_t
child_room(const struct world *w, const struct pool *pool) {
    bool larger = w->judge->machine && pool->npages < MACHINE_ROOM;
    return larger ? MACHINE_ROOM : pool->npages;
}

bool
world_start(struct world *w, const struct pool *pool) {
    bool fits = child_fits(w, pool);
    bool same = fits && w->pool.npages == pool->npages && w->pool.nbase == pool->nbase;
    w->pool = *pool;
    if (!make_room(w, pool->npages)) {
        w->judge->fault = true;
        return broken(&w->model.why, "judge", "out of memory");
    }
    if (!fits) {
        child_stop(&w->child);
        if (!child_start(&w->child, w->judge->path, child_room(w, pool), time_limit(w),
                         &w->model.why)) {
            return failed_call(w);
        }
    }
    if (!same) {
        child_place(&w->child, pool->nbase);
        owner_of_memory_was_here(w);
    }
    return begin(w, false);
}

void
world_renew(struct world *w) {
    if (!w->judge->keep_child) {
        child_stop(&w->child);
    }
}

bool
world_restart(struct world *w) {
    return begin(w, true);
}

bool
world_finish(struct world *w) {
    return owner_of_nothing_looks(w) && limited_flags(w);
}

void
world_close(struct world *w) {
    child_stop(&w->child);
    model_close(&w->model);
    free(w->steps);
    free(w->live);
    free(w->live_at);
    free(w->scan);
    free(w->had);
}
