/* hoard.c - see hoard.h. */
#include <stdio.h>
#include <string.h>

#include "hoard.h"
#include "limits.h"
#include "rules.h"

#define MOST_PRICE 4  /* times the pages of a request: a power of four */
#define MOST_KEPT  16 /* pages beside that: a first list page */
#define REST_KEPT  32 /* pages that a policy of small memory keeps while nothing is granted ... */
#define REST_SHARE 2  /* ... and so much of a large one */
#define MODEST     64 /* pages of a request that any policy can meet */

bool
hoard_given(struct world *w) {
    const struct model *m = &w->model;
    char detail[64];
    if (m->live > 0 || m->overhead <= m->managed / REST_SHARE + REST_KEPT) {
        return true;
    }
    snprintf(detail, sizeof(detail), "%lu of %lu pages", (unsigned long)m->overhead,
             (unsigned long)m->managed);
    return limited(w, "P7", "keeps a large part of memory for itself", detail);
}

/* What was rounded up lies behind what was asked for, or before it. */
static void
note_had(struct world *w, const struct grant *g) {
    uint32_t more = g->cost - g->size, end = g->page + g->cost;
    uint32_t from = g->page > more ? g->page - more : 0;
    end = end < w->model.npages ? end : w->model.npages;
    memset(w->had + from, true, (end - from) * sizeof(*w->had));
}

bool
hoard_granted(struct world *w, const struct grant *g) {
    struct model *m = &w->model;
    uint64_t rest = m->first_overhead;
    note_had(w, g);
    if (g->cost > (uint64_t)MOST_PRICE * g->n + MOST_KEPT) {
        return broken(&m->why, "P4", "a request for %u pages took %u pages", g->n, g->cost);
    }
    return rest == UNKNOWN || m->overhead <= rest + m->granted + MOST_KEPT ||
           broken(&m->why, "P4", "%lu pages are granted, and overhead went from %lu to %lu",
                  (unsigned long)m->granted, (unsigned long)rest, (unsigned long)m->overhead);
}

/* The longest run of pages that were given and that nobody ever had; *page: its first. */
static uint64_t
longest_unused(const struct world *w, uint64_t *page) {
    uint64_t longest = 0, run = 0;
    for (uint32_t i = 0; i < w->model.npages; i++) {
        run = w->model.owner[i] == FREE && !w->had[i] ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            *page = i + 1 - run;
        }
    }
    return longest;
}

/* Wherever the policy's own pages lie, so many in a row are left of an unused run. */
static uint64_t
left_of(uint64_t run, uint64_t own) {
    return run > own ? (run - own) / (own + 1) : 0;
}

bool
hoard_refused(struct world *w, uint64_t n, const struct answer *a) {
    const struct model *m = &w->model;
    bool buddy = w->extras.rule == RULE_BUDDY;
    uint64_t top = w->extras.variant.top, page = 0;
    if (n == 0 || n > MODEST || (top != 0 && n > top) || w->pool.nranges > 1 || m->missing > 0 ||
        !w->judge->grants_runs) {
        return true;
    }
    uint64_t run = left_of(longest_unused(w, &page), a->overhead);
    if (buddy && run >= 2 * rule_buddy_size(n)) { /* one block of it, wherever blocks begin */
        return broken(&w->model.why, "P5",
                      "NULL, though nobody ever had any of %lu pages in a row from page %lu on",
                      (unsigned long)run, (unsigned long)page);
    }
    char detail[96];
    snprintf(detail, sizeof(detail),
             "NULL for %lu pages, though nobody ever had any of %lu in a row", (unsigned long)n,
             (unsigned long)run);
    return buddy || run < 4 * (uint64_t)MODEST || limited(w, "P5", "gives up early", detail);
}

void
hoard_learn(struct judge *j) {
    struct judge quiet = judge_apart(j);
    struct world w = {.judge = &quiet};
    struct pool p = pool_of(3, 1000, 0x80000);
    uint32_t id = UINT32_MAX;
    j->grants_runs = world_start(&w, &p) && world_alloc(&w, MODEST, &id) && id != UINT32_MAX;
    j->hung = j->hung || quiet.hung;
    world_close(&w);
}
