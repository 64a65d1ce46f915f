/* workload_ends.c - how each course begins and ends. */
#include "string.h"
#include "workload_own.h"

#define TOP_PAGES 1024 /* free at the top in e */
#define DEPTH     32   /* of L */
#define REFUSALS  64   /* so many in a row: there is no more to be had */

/* Ask for single pages; each that is granted gets its bit. */
static void
take_pages(struct workload *w, size_t n) {
    uint64_t *granted = workload_granted(w);
    for (size_t i = 0; i < w->setup.npages / 64 + 1; i++) {
        granted[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct Page *page = w->setup.target.alloc(1);
        if (page == NULL) {
            break;
        }
        size_t at = (size_t)(page - w->setup.base);
        granted[at / 64] |= (uint64_t)1 << at % 64;
        w->requested++;
    }
}

static bool
is_granted(const struct workload *w, size_t page) {
    return (workload_granted(w)[page / 64] >> page % 64 & 1) != 0;
}

/* Is that page to be free at the beginning? `share` of 65536 are, where it is random. */
static bool
begins_free(struct workload *w, size_t page, size_t share) {
    size_t npages = w->setup.npages;
    switch (w->setup.id) {
    case 'A':
        return page < npages / 2;
    case 'e':
        return page % 2 == 1 || page >= npages - TOP_PAGES;
    default:
        return (rng_next(&w->rng) >> 48) < share;
    }
}

/* Free a part of what take_pages took. The highest first: then lists in address order are short. */
static void
free_some(struct workload *w, size_t share) {
    uint64_t *granted = workload_granted(w);
    for (size_t i = w->setup.npages; i-- > 0;) {
        bool frees = begins_free(w, i, share);
        if (frees && is_granted(w, i)) {
            granted[i / 64] &= ~((uint64_t)1 << i % 64);
            w->setup.target.free(w->setup.base + i, 1);
            w->requested--;
        }
    }
}

/* A slot for each page that is granted. */
static void
fill_slots(struct workload *w) {
    for (size_t i = 0; i < w->setup.npages; i++) {
        if (is_granted(w, i)) {
            w->slots[w->live++] = (struct workload_slot){.page = (uint32_t)i, .aux = 1};
        }
    }
}

static void
start_all_pages(struct workload *w) {
    size_t npages = w->setup.npages, done = w->setup.done;
    w->asked = done < npages ? done : npages;
    if (done == 0) {
        return;
    }
    take_pages(w, w->asked);
    if (done > npages) {
        free_some(w, (done - npages) * 65536 / npages);
    }
    fill_slots(w);
}

/* Up to 70 %, or to where nothing more can be had. */
static void
start_churn(struct workload *w) {
    for (size_t refused = 0; refused < REFUSALS && w->requested < workload_most(w);) {
        size_t n = workload_size(w);
        w->slots[w->live] = (struct workload_slot){.aux = (uint32_t)n};
        workload_alloc(w, &w->slots[w->live], n);
        if (w->slots[w->live].page == WORKLOAD_EMPTY) {
            refused++;
        } else {
            refused = 0;
            w->live++;
        }
    }
}

static void
start_processes(struct workload *w) {
    w->processes = (struct workload_process *)workload_granted(w);
    w->nprocesses = w->setup.npages / WORKLOAD_PROCESS_PAGES;
    for (size_t i = 0; i < w->nprocesses; i++) {
        w->processes[i].first = w->processes[i].last = WORKLOAD_EMPTY;
    }
    for (size_t i = 0; i < w->setup.npages; i++) {
        w->slots[i].aux = (uint32_t)(i + 1);
    }
    while (!w->exiting) {
        workload_plan(w, WORKLOAD_BURST);
        workload_run(w);
    }
}

void
workload_start(struct workload *w, const struct workload_setup *setup) {
    char name[] = {setup->id, '\0'};
    memset(w, 0, sizeof(*w)); /* no copy of it on the stack */
    w->setup = *setup;
    w->slots = setup->memory;
    w->rng = rng_for(WORKLOAD_SEED, name);
    w->depth = setup->id == 'L' ? DEPTH : 1;
    switch (setup->id) {
    case 'b':
        start_all_pages(w);
        break;
    case 'c':
    case 'd':
    case 'u':
        start_churn(w);
        break;
    case 'f':
        start_processes(w);
        break;
    default:
        take_pages(w, setup->npages);
        free_some(w, 65536 / 2);
        break;
    }
    w->allocs = w->frees = w->failed = 0;
}

/* ---- how it ends ------------------------------------------------------------------------------
 */

static void
end_process(struct workload *w, const struct workload_process *process) {
    for (uint32_t slot = process->first; slot != WORKLOAD_EMPTY; slot = w->slots[slot].aux) {
        workload_free(w, &w->slots[slot], 1);
    }
}

/* Of a, A, L and e: what they began with. */
static void
end_pairs(struct workload *w) {
    for (size_t i = 0; i < w->setup.npages; i++) {
        if (is_granted(w, i)) {
            w->setup.target.free(w->setup.base + i, 1);
            w->requested--;
        }
    }
}

void
workload_end(struct workload *w) {
    size_t length = strchr("cdu", w->setup.id) == NULL ? 1 : 0;
    workload_close_gap(w);
    for (size_t i = 0; i < w->live; i++) {
        workload_free(w, &w->slots[i], length != 0 ? length : w->slots[i].aux);
    }
    for (size_t i = 0; i < w->nprocesses; i++) {
        end_process(w, &w->processes[i]);
    }
    if (strchr("aALe", w->setup.id) != NULL) {
        end_pairs(w);
    }
    w->live = w->nprocesses = 0;
}
