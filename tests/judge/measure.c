/* measure.c - the course of requests, and the three measures. */
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "mix.h"
#include "steps.h"

#define MOST_STEPS   64000 /* in all windows: two seconds; our buddy takes a sixth of that */
#define WINDOW       16    /* calls in a row; who is measured cannot know which */
#define SIZE_BUCKETS 6     /* requests of less than 2^6 pages */

#define POOL 8192 /* pages; of larger memory there are as many times the calls */

static const struct {
    const char *name;
    unsigned percent; /* of memory that is wanted */
    unsigned calls;   /* that go there, then keep it so; 0: frees alone, until it is reached */
} courses[MEASURE_PHASES] = {
    {"half full", 50, 2000}, {"nine tenths full", 90, 2000}, {"thinned out", 45, 0}};

/* What somebody wants to have; UINT32_MAX: it was refused. */
struct want {
    uint32_t id, n;
};

struct course {
    struct world *w;
    struct rng *r;
    struct want *wants;
    size_t nwants;
    uint64_t wanted; /* pages */
    unsigned calls;  /* so far, those that take back what was refused as well */
};

/* In [2^k, 2^(k+1)) with probability 2^-(k+1). */
static uint32_t
size_of_request(struct rng *r) {
    uint32_t low = 1;
    while (low < 1u << (SIZE_BUCKETS - 1) && rng_below(r, 2) == 0) {
        low *= 2;
    }
    return low + (uint32_t)rng_below(r, low);
}

static bool
want_more(struct course *c) {
    struct want *want = &c->wants[c->nwants++];
    want->n = size_of_request(c->r);
    c->wanted += want->n;
    return world_alloc(c->w, want->n, &want->id);
}

static bool
want_less(struct course *c) {
    size_t k = rng_below(c->r, c->nwants);
    struct want want = c->wants[k];
    c->wants[k] = c->wants[--c->nwants];
    c->wanted -= want.n;
    return want.id == UINT32_MAX || world_free(c->w, want.id);
}

static bool
look_at_memory(const struct course *c, struct phase *p) {
    struct world *w = c->w;
    p->wanted = c->wanted;
    p->met = 0;
    for (size_t i = 0; i < c->nwants; i++) {
        p->met += c->wants[i].id != UINT32_MAX ? c->wants[i].n : 0;
    }
    p->used = w->model.managed - w->model.free;
    p->others = pool_pages(&w->pool) - p->met;
    return find_largest(w, &p->largest);
}

/* So many calls towards `due` pages, and round about them. */
static bool
run_calls(struct course *c, uint64_t due, unsigned calls) {
    for (unsigned i = 0; i < calls; i++, c->calls++) {
        if (!(c->wanted < due || c->nwants == 0 ? want_more(c) : want_less(c))) {
            return false;
        }
    }
    return true;
}

/* A part of a phase; its window is where the seed has it. */
static bool
run_part(struct course *c, uint64_t due, unsigned calls, struct window *window) {
    unsigned before = (unsigned)rng_below(c->r, calls - WINDOW + 1);
    if (!run_calls(c, due, before)) {
        return false;
    }
    window->call = c->calls;
    window->begin = c->w->nsteps;
    bool right = run_calls(c, due, WINDOW);
    window->end = c->w->nsteps;
    return right && run_calls(c, due, calls - WINDOW - before);
}

static bool
run_phase(struct course *c, unsigned k, struct phase *p) {
    uint64_t all = pool_pages(&c->w->pool), due = all * courses[k].percent / 100;
    unsigned calls = courses[k].calls * (unsigned)(all > POOL ? all / POOL : 1);
    bool right = true;
    for (unsigned i = 0; right && calls > 0 && i < MEASURE_WINDOWS; i++) {
        right = run_part(c, due, calls / MEASURE_WINDOWS, &p->window[i]);
    }
    while (right && calls == 0 && c->wanted > due) {
        right = want_less(c);
    }
    return right && look_at_memory(c, p);
}

static bool
run_course(struct world *w, struct rng *r, struct measured *m) {
    struct course c = {.w = w, .r = r};
    bool right = true;
    c.wants = malloc((w->pool.npages + 1) * sizeof(*c.wants)); /* each is for a page at least */
    if (c.wants == NULL) {
        abort();
    }
    for (unsigned k = 0; right && k < MEASURE_PHASES; k++) {
        right = run_phase(&c, k, &m->phase[k]);
    }
    free(c.wants);
    return right;
}

static bool
differs(struct why *why) {
    return broken(why, "watched", "it grants other pages when its instructions are counted");
}

/* Bring another child to where the first `n` calls had brought this one. */
static bool
catch_up(const struct world *w, size_t n, struct world *again, struct why *why) {
    bool right = world_start(again, &w->pool);
    for (size_t i = w->pool.given; right && i < n; i++) {
        right = world_replay_one(again, &w->steps[i].op);
        if (right && again->steps[i].page != w->steps[i].page) {
            return differs(why);
        }
    }
    if (!right) {
        *why = again->model.why;
    }
    return right;
}

/* Addresses in the child that is stepped through. */
struct targets {
    uint64_t alloc_pages, free_pages, nr_free_pages, pages;
};

static bool
ended(struct why *why) {
    return broken(why, "watched", "it ends when its instructions are counted");
}

/* The recorded call once more. False: why says how it ended differently. */
static bool
step_again(struct stepper *s, const struct targets *t, const struct step *step, struct why *why) {
    bool alloc = step->op.kind == OP_ALLOC;
    uint64_t first = t->pages + step->page * sizeof(struct Page), answer;
    uint64_t function = alloc ? t->alloc_pages : t->free_pages;
    uint64_t arguments[2] = {alloc ? step->op.n : first, step->op.n};
    switch (steps_call(s, function, arguments, &answer)) {
    case STEPS_DIED:
        return ended(why);
    case STEPS_MOST:
        return true;
    default:
        return !alloc || answer == (step->page == WIRE_NO_PAGE ? 0 : first) || differs(why);
    }
}

/* The count after it, as after every call: work that is put off until then counts as well. */
static bool
step_count(struct stepper *s, const struct targets *t, const struct step *step, struct why *why) {
    static const uint64_t none[2];
    uint64_t answer;
    switch (steps_call(s, t->nr_free_pages, none, &answer)) {
    case STEPS_DIED:
        return ended(why);
    case STEPS_MOST:
        return true;
    default:
        return answer == step->nr_free || differs(why);
    }
}

/* The owner leaves: no one refers to these frames any longer. */
static void
leave(const struct world *w, const struct child *c, const struct step *step) {
    struct Page *frames = child_pages(c, w->pool.npages);
    for (uint32_t i = 0; i < w->model.grants[step->op.id].size; i++) {
        frames[step->page + i].ref = 0;
    }
}

/* The calls of a window, in a child that was brought there. */
static bool
step_through(struct stepper *s, const struct world *w, struct window *window, struct why *why) {
    struct targets t = {
        .alloc_pages = steps_member(s, offsetof(struct pmm_manager, alloc_pages)),
        .free_pages = steps_member(s, offsetof(struct pmm_manager, free_pages)),
        .nr_free_pages = steps_member(s, offsetof(struct pmm_manager, nr_free_pages)),
        .pages = s->child->wire->pages,
    };
    for (size_t i = window->begin; i < window->end && s->steps < s->most; i++) {
        if (w->steps[i].op.kind == OP_FREE) {
            leave(w, s->child, &w->steps[i]);
        }
        if (!step_again(s, &t, &w->steps[i], why) ||
            (s->steps < s->most && !step_count(s, &t, &w->steps[i], why))) {
            return false;
        }
        window->calls += w->steps[i].page != WIRE_NO_PAGE;
    }
    window->steps = s->steps;
    return true;
}

/* In a child of its own, which ends with the last call that is counted: nothing can be put off. */
static bool
count_window(const struct world *w, struct measured *m, struct window *window, struct why *why) {
    struct judge apart = *w->judge;
    struct world again = {.judge = &apart};
    struct stepper s;
    bool right = catch_up(w, window->begin, &again, why);
    if (right) {
        const char *cannot = steps_begin(&s, &again.child, MOST_STEPS - m->steps);
        snprintf(m->uncounted, sizeof(m->uncounted), "%s", cannot != NULL ? cannot : "");
        right = cannot != NULL || step_through(&s, w, window, why);
        m->steps += window->steps;
    }
    world_close(&again);
    return right;
}

static bool
count_phase(const struct world *w, struct measured *m, struct phase *p, struct why *why) {
    bool right = true;
    for (unsigned i = 0; right && i < MEASURE_WINDOWS && m->uncounted[0] == '\0' && !p->cut; i++) {
        right = count_window(w, m, &p->window[i], why);
        p->cut = m->steps >= MOST_STEPS;
    }
    return right;
}

/* In any phase? Then there is no mean of all. */
static bool
is_cut(const struct phase *p, unsigned n) {
    bool cut = false;
    for (unsigned k = 0; k < n; k++) {
        cut = cut || p[k].cut;
    }
    return cut;
}

bool
run_measure(struct world *w, struct rng *r) {
    struct measured *m = w->judge->measured;
    *m = (struct measured){0};
    if (!run_course(w, r, m)) {
        return false;
    }
    m->done = true;
    bool right = true;
    for (unsigned k = 0; k < MEASURE_PHASES && right; k++) {
        bool count = courses[k].calls > 0 && !is_cut(m->phase, k);
        right = !count || count_phase(w, m, &m->phase[k], &w->model.why);
    }
    return right;
}

struct sums {
    double steps, calls, dearest, used, wanted, met, others, largest;
};

static void
add_window(struct sums *s, const struct window *w) {
    double each = w->end > w->begin ? (double)w->steps / (double)(w->end - w->begin) : 0;
    s->steps += (double)w->steps;
    s->calls += (double)w->calls;
    s->dearest = each > s->dearest ? each : s->dearest;
}

static struct sums
sums_of(const struct phase *p, unsigned n) {
    struct sums s = {0};
    for (unsigned i = 0; i < n; i++) {
        for (unsigned k = 0; k < MEASURE_WINDOWS; k++) {
            add_window(&s, &p[i].window[k]);
        }
        s.used += (double)p[i].used;
        s.wanted += (double)p[i].wanted;
        s.met += (double)p[i].met;
        s.others += (double)p[i].others;
        s.largest += (double)p[i].largest;
    }
    return s;
}

static void
put_ratio(FILE *out, const char *name, double a, double b) {
    fprintf(out, "\"%s\": ", name);
    fprintf(out, b > 0 ? "%.4f, " : "null, ", a / b);
}

static void
put_measures(FILE *out, const struct phase *p, unsigned n) {
    struct sums s = sums_of(p, n);
    bool cut = is_cut(p, n);
    put_ratio(out, "instructions", s.steps, cut ? 0 : s.calls);
    put_ratio(out, "dearest", s.dearest, cut ? 0 : s.calls > 0);
    put_ratio(out, "space", s.used * s.wanted, s.met * s.met);
    put_ratio(out, "scatter", s.others, s.largest);
}

static void
put_windows(FILE *out, const struct phase *p) {
    fputs("\"windows\": [", out);
    for (unsigned i = 0; i < MEASURE_WINDOWS; i++) {
        const struct window *w = &p->window[i];
        fprintf(out, "%s{\"call\": %u, \"steps\": %lu, \"calls\": %lu}", i == 0 ? "" : ", ",
                w->call, (unsigned long)w->steps, (unsigned long)w->calls);
    }
    fputs("], ", out);
}

void
measure_json(FILE *out, const struct measured *m) {
    fputc('{', out);
    put_measures(out, m->phase, MEASURE_PHASES);
    fprintf(out, "\"cut\": %s, ", is_cut(m->phase, MEASURE_PHASES) ? "true" : "false");
    fprintf(out, m->uncounted[0] != '\0' ? "\"uncounted\": \"%s\", " : "\"uncounted\": null, ",
            m->uncounted);
    fputs("\"phases\": [", out);
    for (unsigned k = 0; k < MEASURE_PHASES; k++) {
        const struct phase *p = &m->phase[k];
        fputs(k == 0 ? "{" : ", {", out);
        put_measures(out, p, 1);
        fprintf(out, "\"name\": \"%s\", \"cut\": %s, ", courses[k].name, p->cut ? "true" : "false");
        put_windows(out, p);
        fprintf(out, "\"wanted\": %lu, \"met\": %lu, \"used\": %lu, \"largest\": %lu}",
                (unsigned long)p->wanted, (unsigned long)p->met, (unsigned long)p->used,
                (unsigned long)p->largest);
    }
    fputs("]}", out);
}

static void
print_ratio(FILE *out, double a, double b) {
    if (b > 0) {
        fprintf(out, "%14.2f", a / b);
    } else {
        fprintf(out, "%14s", "-");
    }
}

static void
print_row(FILE *out, const char *name, const struct phase *p, unsigned n) {
    struct sums s = sums_of(p, n);
    fprintf(out, "    %-18s", name);
    if (is_cut(p, n)) {
        fprintf(out, "%14s%14s", "too many", "-");
    } else {
        print_ratio(out, s.steps, s.calls);
        print_ratio(out, s.dearest, s.calls > 0);
    }
    print_ratio(out, s.used * s.wanted, s.met * s.met);
    print_ratio(out, s.others, s.largest);
    fputc('\n', out);
}

void
measure_print(FILE *out, const struct measured *m) {
    fprintf(out, "    %-18s%14s%14s%14s%14s\n", "", "instructions", "dearest", "space", "scatter");
    for (unsigned k = 0; k < MEASURE_PHASES; k++) {
        print_row(out, courses[k].name, &m->phase[k], 1);
    }
    print_row(out, "all of it", m->phase, MEASURE_PHASES);
    if (m->uncounted[0] != '\0') {
        fprintf(out, "    instructions cannot be counted here: %s\n", m->uncounted);
    }
}
