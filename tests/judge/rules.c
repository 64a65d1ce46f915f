/* rules.c - the fits and buddy, as rules about one answer. */
#include <stdio.h>
#include <string.h>

#include "bits.h"
#include "rules.h"

/* As --rule takes it, and as a verdict says it. */
static const struct {
    const char *name, *spoken;
} rules[] = {
    [RULE_FIRST_FIT] = {"first_fit", "first fit"}, [RULE_BEST_FIT] = {"best_fit", "best fit"},
    [RULE_NEXT_FIT] = {"next_fit", "next fit"},    [RULE_WORST_FIT] = {"worst_fit", "worst fit"},
    [RULE_BUDDY] = {"buddy", "a buddy"},
};

#define ANY_BUDDY "any_buddy"

enum rule
rule_named(const char *name, struct variant *v) {
    v->any = strcmp(name, ANY_BUDDY) == 0;
    if (v->any) {
        return RULE_BUDDY;
    }
    for (unsigned i = RULE_NONE + 1; i < ARRAY_SIZE(rules); i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return (enum rule)i;
        }
    }
    return RULE_NONE;
}

const char *
rule_name(enum rule rule, const struct variant *v) {
    return v->any ? ANY_BUDDY : rules[rule].name;
}

const char *
rule_lacks(enum rule rule, const struct variant *v) {
    if (v->high && rule != RULE_FIRST_FIT && rule != RULE_BEST_FIT && rule != RULE_WORST_FIT) {
        return "--ties high wants --rule first_fit, best_fit or worst_fit";
    }
    if (v->high_end && (rule == RULE_NONE || rule == RULE_NEXT_FIT)) {
        return "--end high wants a --rule, and not next_fit";
    }
    return v->top != 0 && rule != RULE_BUDDY ? "--top wants --rule buddy" : NULL;
}

uint64_t
rule_buddy_size(uint64_t n) {
    return n == 0 || n > (uint64_t)1 << 62 ? 0 : (uint64_t)1 << log2_ceil(n);
}

/* Free, and not a page that the policy keeps for itself: these are in no free block. */
static bool
free_at(const struct model *m, uint32_t page) {
    return m->owner[page] == FREE && (m->overhead == 0 || m->seen[page] == m->audit);
}

/* Pages of the run of free pages at `page`, up to `most`. */
static uint32_t
run_at(const struct model *m, uint32_t page, uint64_t most) {
    uint32_t n = 0;
    while (n < most && page + n < m->npages && free_at(m, page + n)) {
        n++;
    }
    return n;
}

/* Is a run of that length better than one of `best`? 0: it is as good, 1: yes, -1: no. */
static int
compare_runs(enum rule rule, uint32_t length, uint32_t best) {
    int shorter = (length < best) - (length > best);
    return rule == RULE_BEST_FIT ? shorter : rule == RULE_WORST_FIT ? -shorter : 0;
}

/*
 * The run of at least n free pages that the rule takes, of those that reach
 * beyond page `from`; length 0: there is none. Of equals the lowest, or the
 * highest; to a rule that is about no length all are equals.
 */
static struct range
best_run(const struct world *w, enum rule rule, uint64_t n, uint64_t from) {
    struct range best = {0, 0};
    int equal = w->extras.variant.high ? 0 : 1; /* the least that a later one must be better by */
    for (uint32_t i = 0; i < w->model.npages && n > 0; i++) {
        uint32_t run = run_at(&w->model, i, UINT64_MAX);
        bool fits = run >= n && i + run > from;
        if (fits && (best.n == 0 || compare_runs(rule, run, best.n) >= equal)) {
            best = (struct range){i, run};
            if (equal == 1 && (rule == RULE_FIRST_FIT || rule == RULE_NEXT_FIT)) {
                break;
            }
        }
        i += run;
    }
    return best;
}

/* Of a list policy: the page it must take, or WIRE_NO_PAGE. */
static uint64_t
list_place(const struct world *w, enum rule rule, uint64_t n) {
    uint64_t from = rule == RULE_NEXT_FIT ? w->model.last_end : 0;
    struct range run = best_run(w, rule, n, from);
    if (run.n == 0 && from > 0) {
        run = best_run(w, rule, n, 0);
    }
    return run.n == 0 ? WIRE_NO_PAGE : run.page + (w->extras.variant.high_end ? run.n - n : 0);
}

/*
 * The free buddy block that starts at page i: neighbours that are buddies are
 * always joined, so it is the largest aligned one that is free.
 */
static uint64_t
buddy_at(const struct world *w, uint32_t i, uint64_t top) {
    uint64_t size = 1;
    while (size < top && (w->pool.nbase + i) % (2 * size) == 0 &&
           run_at(&w->model, i, 2 * size) == 2 * size) {
        size *= 2;
    }
    return size;
}

/* Pages of the largest buddy block that there can be. */
static uint64_t
top_buddy(const struct world *w) {
    uint64_t top = w->model.largest != 0 ? rule_buddy_size(w->model.largest) : UINT64_MAX / 4;
    uint64_t most = w->extras.variant.top;
    return most != 0 && most < top ? most : top;
}

/*
 * The free buddy block that n pages (a power of two) are to be taken from: of those that are large
 * enough a smallest one, that with `page` if it is as small, else the lowest; length 0: there is
 * none.
 */
static struct range
buddy_due(const struct world *w, uint64_t n, uint64_t page) {
    uint64_t top = top_buddy(w);
    struct range due = {0, 0};
    for (uint64_t i = 0; i < w->model.npages;) {
        uint64_t size = 1;
        if (free_at(&w->model, (uint32_t)i)) {
            size = buddy_at(w, (uint32_t)i, top);
            bool has_page = page >= i && page - i < size;
            if (has_page && size >= n && w->extras.variant.any) {
                return (struct range){(uint32_t)i, (uint32_t)size};
            }
            if (size >= n && (due.n == 0 || size < due.n || (has_page && size == due.n))) {
                due = (struct range){(uint32_t)i, (uint32_t)size};
            }
        }
        i += size;
    }
    return due;
}

static bool
buddy_place_right(const struct world *w, uint64_t n, const struct answer *a, struct why *why) {
    const struct variant *v = &w->extras.variant;
    bool above_top = v->top != 0 ? n > v->top : a->has_grant && a->grant == 0;
    uint64_t page = a->page, want = above_top ? 0 : rule_buddy_size(n);
    struct range due = want == 0 ? (struct range){0, 0} : buddy_due(w, want, page);
    uint64_t first = due.page + (v->high_end ? due.n - want : 0);
    if (v->top != 0 && above_top && page != WIRE_NO_PAGE) {
        return broken(why, "rule",
                      "page %lu for %lu pages, though the largest block is to have %lu",
                      (unsigned long)page, (unsigned long)n, (unsigned long)v->top);
    }
    if (page == WIRE_NO_PAGE) {
        return due.n == 0 || broken(why, "rule", "NULL, though a block of %u pages is free", due.n);
    }
    if (due.n == 0) {
        return broken(why, "rule", "page %lu, though no %lu pages that are buddies are free",
                      (unsigned long)page, (unsigned long)want);
    }
    return page == first ||
           broken(why, "rule",
                  "[%lu, +%lu) is granted, though a buddy%s takes [%lu, +%lu) of the free block "
                  "[%u, +%u)",
                  (unsigned long)page, (unsigned long)want, v->high_end ? " from the high end" : "",
                  (unsigned long)first, (unsigned long)want, due.page, due.n);
}

/* What a front cache holds is granted first, wherever it lies; but all of it is joined before NULL.
 */
static bool
place_due(const struct world *w, const struct answer *a) {
    return w->judge->cached ? a->page == WIRE_NO_PAGE && a->overhead == w->model.overhead
                            : w->extras.place;
}

static bool
buddy_right(const struct world *w, uint64_t n, const struct answer *a, struct why *why) {
    uint64_t size = rule_buddy_size(n);
    uint64_t cost = w->model.free + w->model.overhead - a->nr_free - a->overhead;
    if (a->page < w->model.npages && w->extras.size && cost != size) {
        return broken(why, "rule", "a request for %lu pages took %lu pages, not %lu",
                      (unsigned long)n, (unsigned long)cost, (unsigned long)size);
    }
    uint64_t number = w->pool.nbase + a->page;
    if (a->page < w->model.npages && w->extras.align && number % size != 0) {
        return broken(why, "H3", "a block of %lu pages at page number %#lx, not a multiple of it",
                      (unsigned long)size, (unsigned long)number);
    }
    bool shown = w->model.overhead == 0 || w->model.blocks_known;
    return !place_due(w, a) || !shown || buddy_place_right(w, n, a, why);
}

static bool
list_right(const struct world *w, uint64_t n, const struct answer *a, struct why *why) {
    uint64_t due = list_place(w, w->extras.rule, n), page = a->page;
    uint64_t size = a->has_grant ? a->grant : n;
    const struct variant *v = &w->extras.variant;
    char name[64];
    if (page == due) {
        return page == WIRE_NO_PAGE || size == n ||
               broken(why, "rule", "a request for %lu pages took %lu pages", (unsigned long)n,
                      (unsigned long)size);
    }
    snprintf(name, sizeof(name), "%s%s%s", rules[w->extras.rule].spoken,
             v->high ? ", the highest of equals," : "", v->high_end ? " from the high end" : "");
    if (due == WIRE_NO_PAGE) {
        return broken(why, "rule", "page %lu, though no %lu pages in a row are free",
                      (unsigned long)page, (unsigned long)n);
    }
    if (page == WIRE_NO_PAGE) {
        return broken(why, "rule", "NULL, though %s takes page %lu", name, (unsigned long)due);
    }
    return broken(why, "rule", "page %lu, though %s takes page %lu", (unsigned long)page, name,
                  (unsigned long)due);
}

/* A list policy has no top size: NULL is wrong while so many pages in a row are free. */
static bool
list_grants(const struct world *w, uint64_t n, uint64_t page, struct why *why) {
    if (page != WIRE_NO_PAGE || w->pool.nranges > 1 || w->model.missing > 0) {
        return true;
    }
    uint64_t due = list_place(w, RULE_FIRST_FIT, n);
    return due == WIRE_NO_PAGE ||
           broken(why, "P5", "NULL, though %lu pages in a row are free from page %lu on",
                  (unsigned long)n, (unsigned long)due);
}

bool
rule_right(const struct world *w, uint64_t n, const struct answer *a, struct why *why) {
    switch (w->extras.rule) {
    case RULE_BUDDY:
        return buddy_right(w, n, a, why);
    case RULE_FIRST_FIT:
    case RULE_BEST_FIT:
    case RULE_NEXT_FIT:
    case RULE_WORST_FIT:
        return list_grants(w, n, a->page, why) && (!place_due(w, a) || list_right(w, n, a, why));
    default:
        return true;
    }
}

void
rule_size(const struct world *w, uint64_t n, struct answer *a) {
    uint64_t size = rule_buddy_size(n);
    if (w->extras.rule == RULE_BUDDY && !a->has_grant && a->page < w->model.npages &&
        w->model.free - a->nr_free == size) {
        a->has_grant = true;
        a->grant = size;
    }
}
