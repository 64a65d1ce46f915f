/*
 * shrink.c - the shortest list of calls that still breaks the same promise.
 *
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating
 * failure-inducing input", 2002) on the list of calls; then a smaller pool,
 * smaller requests, and two requests made one; all of it again until nothing
 * helps or the time is up. Every try is a fresh child; machines start slowly,
 * and are kept for the next try unless the list that they lead to means nothing
 * to a fresh one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "suite.h"

#define SHRINK_TRIES      1500
#define SHRINK_CPU_MILLIS 4000  /* only when tries are slow: hangs */
#define SHRINK_MILLIS     60000 /* on the busiest machine */
#define SHRINK_HUNG       6000  /* of all properties together, when a call hangs */
#define SHRINK_TIMEOUT    100   /* milliseconds a call may take meanwhile */

struct shrinker {
    struct world *w;
    const struct property *property;
    struct judge before; /* what is known about the policy is not learnt from tries */
    int64_t deadline, cpu_deadline;
    unsigned tries;
    char promise[12];
    struct pool pool;
    struct op *ops, *trial;
    size_t n;
};

/* Processor time of this process and of all children that have ended. */
static int64_t
cpu_ms(void) {
    int64_t us = 0;
    for (int k = 0; k < 2; k++) {
        struct rusage r;
        getrusage(k == 0 ? RUSAGE_SELF : RUSAGE_CHILDREN, &r);
        us += (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000);
        us += r.ru_utime.tv_usec + r.ru_stime.tv_usec;
    }
    return us / 1000;
}

/* Counted in work, not in time: a busy machine finds the same list. */
static bool
time_is_up(const struct shrinker *s) {
    return s->before.as_found || s->tries >= SHRINK_TRIES || cpu_ms() > s->cpu_deadline ||
           now_ms() > s->deadline;
}

/*
 * The calls that were made become the list. When the search for the largest request failed they
 * are that search's own, and may be more than there were: then they are no gain.
 */
static bool
keep_list(struct shrinker *s) {
    const struct world *w = s->w;
    size_t given = 0;
    while (given < w->nsteps && w->steps[given].op.kind == OP_GIVE &&
           w->steps[given].op.id < w->pool.given) {
        given++;
    }
    if (w->nsteps - given > s->n) {
        return false;
    }
    s->n = w->nsteps - given;
    for (size_t i = 0; i < s->n; i++) {
        s->ops[i] = w->steps[given + i].op;
    }
    return true;
}

/* Does s->trial on that pool fail as well? Then it is the new list, less what was not done. */
static bool
try_list(struct shrinker *s, const struct pool *pool, size_t n) {
    if (time_is_up(s)) {
        return false;
    }
    struct world *w = s->w;
    s->tries++;
    bool right = suite_replay(w, s->property, pool, s->trial, n);
    bool same = !right && strcmp(w->model.why.promise, s->promise) == 0;
    *w->judge = s->before;
    w->judge->timeout_ms = SHRINK_TIMEOUT;
    if (!same) {
        return false;
    }
    if (w->extras.twice) {
        memcpy(s->ops, s->trial, n * sizeof(*s->ops));
        s->n = n;
    } else if (!keep_list(s)) {
        return false;
    }
    s->pool = *pool;
    return true;
}

/* Leave out runs of calls, long ones first. */
static bool
drop_calls(struct shrinker *s) {
    bool better = false;
    for (size_t chunk = s->n / 2 + 1; chunk >= 1 && !time_is_up(s); chunk /= 2) {
        for (size_t at = 0; at < s->n;) {
            size_t end = at + chunk < s->n ? at + chunk : s->n;
            memcpy(s->trial, s->ops, at * sizeof(*s->ops));
            memcpy(s->trial + at, s->ops + end, (s->n - end) * sizeof(*s->ops));
            if (try_list(s, &s->pool, s->n - (end - at))) {
                better = true;
            } else {
                at += chunk;
            }
        }
    }
    return better;
}

/* Copy the list, requests cut to the pages of a smaller pool. */
static void
copy_cut(struct shrinker *s, uint64_t most) {
    for (size_t i = 0; i < s->n; i++) {
        s->trial[i] = s->ops[i];
        if (s->trial[i].kind == OP_ALLOC && s->trial[i].n > most) {
            s->trial[i].n = most;
        }
    }
}

static bool
try_pool(struct shrinker *s, struct pool *p) {
    uint64_t before = pool_pages(&s->pool), after = pool_pages(p);
    p->npages = 0;
    for (unsigned i = 0; i < p->nranges; i++) {
        uint32_t end = p->range[i].page + p->range[i].n;
        p->npages = end > p->npages ? end : p->npages;
    }
    copy_cut(s, SIZE_MAX);
    if (try_list(s, p, s->n)) {
        return true;
    }
    if (s->property->largest && after < before) {
        struct extras extras = s->w->extras;
        world_renew(s->w);
        if (!suite_largest(s->w, p, &after)) {
            after = 0;
        }
        s->w->extras = extras;
    }
    copy_cut(s, after);
    return after > 0 && after < before && try_list(s, p, s->n);
}

/* Fewer ranges, shorter ones, and at index 0. */
static bool
smaller_pool(struct shrinker *s) {
    static const uint32_t lengths[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512};
    bool better = false;
    for (unsigned i = 0;
         s->pool.nranges > 1 && s->pool.given == s->pool.nranges && i < s->pool.nranges;) {
        struct pool p = s->pool;
        memmove(&p.range[i], &p.range[i + 1], (p.nranges - i - 1) * sizeof(p.range[0]));
        p.given = --p.nranges;
        if (try_pool(s, &p)) {
            better = true;
        } else {
            i++;
        }
    }
    for (unsigned i = 0; i < s->pool.nranges; i++) {
        for (size_t k = 0; k < ARRAY_SIZE(lengths) && lengths[k] < s->pool.range[i].n; k++) {
            struct pool p = s->pool;
            p.range[i].n = lengths[k];
            if (try_pool(s, &p)) {
                better = true;
                break;
            }
        }
    }
    if (s->pool.nranges == 1 && s->pool.range[0].page > 0) {
        struct pool p = s->pool;
        p.range[0].page = 0;
        better = try_pool(s, &p) || better;
    }
    return better;
}

static bool
smaller_requests(struct shrinker *s) {
    bool better = false;
    for (size_t i = 0; i < s->n; i++) {
        const uint64_t n = s->ops[i].n, sizes[] = {1, 2, n / 2, n - 1};
        for (size_t k = 0; k < ARRAY_SIZE(sizes) && s->ops[i].kind == OP_ALLOC && n > 1; k++) {
            memcpy(s->trial, s->ops, s->n * sizeof(*s->ops));
            s->trial[i].n = sizes[k];
            bool odd = sizes[k] == n - 1 && n == pool_pages(&s->pool); /* all of it reads better */
            if (sizes[k] > 0 && sizes[k] < n && !odd && try_list(s, &s->pool, s->n)) {
                better = true;
                break;
            }
        }
    }
    return better;
}

/* alloc(a), alloc(b): alloc(a + b). */
static bool
fuse_requests(struct shrinker *s) {
    bool better = false;
    for (size_t i = 0; i + 1 < s->n;) {
        if (s->ops[i].kind == OP_ALLOC && s->ops[i + 1].kind == OP_ALLOC &&
            s->ops[i].n + s->ops[i + 1].n <= pool_pages(&s->pool)) {
            memcpy(s->trial, s->ops, (i + 1) * sizeof(*s->ops));
            memcpy(s->trial + i + 1, s->ops + i + 2, (s->n - i - 2) * sizeof(*s->ops));
            s->trial[i].n += s->ops[i + 1].n;
            if (try_list(s, &s->pool, s->n - 1)) {
                better = true;
                continue;
            }
        }
        i++;
    }
    return better;
}

/* Ids 0, 1, 2 ... in the order of the requests. */
static void
renumber(struct op *ops, size_t n) {
    uint32_t next = 0;
    for (size_t i = 0; i < n; i++) {
        if (ops[i].kind == OP_ALLOC) {
            uint32_t old = ops[i].id;
            for (size_t k = i; k < n; k++) {
                if (ops[k].kind != OP_GIVE && ops[k].id == old) {
                    ops[k].id = next;
                }
            }
            next++;
        }
    }
}

static void
search(struct shrinker *s) {
    bool better = true;
    while (better && !time_is_up(s)) {
        better = smaller_pool(s);
        better = drop_calls(s) || better;
        better = smaller_requests(s) || better;
        better = fuse_requests(s) || better;
    }
}

/* Once more, afresh and with the full time limit; only then it counts. */
static bool
confirm(struct shrinker *s, struct result *result) {
    struct world *w = s->w;
    *w->judge = s->before;
    w->judge->keep_child = false;
    renumber(s->ops, s->n);
    bool same = !suite_replay(w, s->property, &s->pool, s->ops, s->n) &&
                strcmp(w->model.why.promise, s->promise) == 0;
    if (same) {
        suite_keep(result, w);
    }
    *w->judge = s->before;
    return same;
}

/* From the calls of the result on. */
static void
begin(struct shrinker *s, const struct result *result) {
    s->n = 0;
    s->pool = result->pool;
    for (size_t i = 0; i < result->nsteps; i++) {
        struct op op = result->steps[i].op;
        if (op.kind != OP_GIVE || op.id >= result->pool.given) {
            s->ops[s->n++] = op;
        }
    }
    renumber(s->ops, s->n);
    *s->w->judge = s->before;
    s->w->judge->timeout_ms =
        SHRINK_TIMEOUT < s->before.timeout_ms ? SHRINK_TIMEOUT : s->before.timeout_ms;
    search(s);
}

void
shrink(struct world *w, struct result *result) {
    struct shrinker s = {.w = w, .property = result->property};
    s.before = *w->judge;
    int64_t start = now_ms(), most = SHRINK_MILLIS;
    if (strcmp(result->why.promise, "hang") == 0) {
        most = SHRINK_HUNG - w->judge->shrunk_ms;
    }
    s.deadline = start + most;
    s.cpu_deadline = cpu_ms() + SHRINK_CPU_MILLIS;
    memcpy(s.promise, result->why.promise, sizeof(s.promise));
    s.ops = malloc((result->nsteps + 1) * sizeof(*s.ops));
    s.trial = malloc((result->nsteps + 1) * sizeof(*s.trial));
    if (s.ops == NULL || s.trial == NULL) {
        abort();
    }
    s.before.keep_child = s.before.machine && !s.before.fresh_each;
    begin(&s, result);
    if (!confirm(&s, result) && s.before.keep_child) {
        s.before.keep_child = false;
        begin(&s, result);
        confirm(&s, result);
    }
    w->judge->keep_child = false;
    w->judge->shrunk_ms += strcmp(s.promise, "hang") == 0 ? now_ms() - start : 0;
    free(s.ops);
    free(s.trial);
}
