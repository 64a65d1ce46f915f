/* workload.c - how each course goes on. */
#include "workload.h"
#include "string.h"

#define TOP_PAGES     1024 /* free at the top in e */
#define DEPTH         32   /* of L */
#define OCCUPIED      70   /* percent of memory, in c, d, f and u */
#define SIZE_BITS     6    /* sizes of c are up to 2^6 pages */
#define ORDERS        10   /* sizes of d are up to 2^10 */
#define BURST         512  /* pages of f, at most */
#define PROCESS_PAGES 2048 /* of f: memory for each process, 70 % of which it has on average */
#define PAIRS_LENGTH  65536
#define CHURN_LENGTH  4  /* requests for each page of memory */
#define REFUSALS      64 /* so many in a row: there is no more to be had */

static uint64_t *
bitmap_of(const struct workload *w) {
    return (uint64_t *)(w->slots + w->setup.npages + WORKLOAD_STEPS);
}

size_t
workload_bytes(size_t npages) {
    size_t words = npages / 64 + 1 + npages / PROCESS_PAGES + 1;
    return (npages + WORKLOAD_STEPS) * sizeof(struct workload_slot) + words * sizeof(uint64_t);
}

size_t
workload_length(char id, size_t npages) {
    switch (id) {
    case 'b':
        return 2 * npages;
    case 'c':
    case 'd':
    case 'f':
    case 'u':
        return CHURN_LENGTH * npages;
    default:
        return PAIRS_LENGTH;
    }
}

/* ---- the measured part ------------------------------------------------------------------------
 */

static void
run_alloc(struct workload *w, struct workload_slot *slot, size_t n) {
    struct Page *page = w->setup.target.alloc(n);
    w->allocs++;
    if (page == NULL) {
        slot->page = WORKLOAD_EMPTY;
        w->failed++;
        slot->page = WORKLOAD_EMPTY;
        return;
    }
    slot->page = (uint32_t)(page - w->setup.base);
    w->requested += n;
}

static void
run_free(struct workload *w, struct workload_slot *slot, size_t n) {
    if (slot->page == WORKLOAD_EMPTY) {
        return;
    }
    w->setup.target.free(w->setup.base + slot->page, n);
    slot->page = WORKLOAD_EMPTY;
    w->frees++;
    w->requested -= n;
}

void
workload_run_part(struct workload *w, size_t first, size_t n) {
    for (size_t i = first; i < first + n; i++) {
        struct workload_step step = w->steps[i];
        if (step.frees) {
            run_free(w, &w->slots[step.slot], step.n);
        } else {
            run_alloc(w, &w->slots[step.slot], step.n);
        }
    }
}

void
workload_run(struct workload *w) {
    workload_run_part(w, 0, w->nsteps);
}

/* ---- plans ------------------------------------------------------------------------------------
 */

static void
plan_alloc(struct workload *w, size_t slot, size_t n) {
    w->steps[w->nsteps++] = (struct workload_step){.slot = (uint32_t)slot, .n = (uint16_t)n};
}

static void
plan_free(struct workload *w, size_t slot, size_t n) {
    w->steps[w->nsteps++] =
        (struct workload_step){.slot = (uint32_t)slot, .n = (uint16_t)n, .frees = 1};
}

/* a, A, e and L: `depth` grants, given back from the last one on. */
static void
plan_pairs(struct workload *w, size_t at_most) {
    size_t n = w->setup.id == 'e' ? 2 : 1;
    while (w->nsteps < at_most) {
        if (w->turn < w->depth) {
            plan_alloc(w, w->turn, n);
        } else {
            plan_free(w, 2 * w->depth - 1 - w->turn, n);
        }
        w->turn = (w->turn + 1) % (2 * w->depth);
    }
}

static void
swap_slots(struct workload *w, size_t i, size_t j) {
    struct workload_slot other = w->slots[i];
    w->slots[i] = w->slots[j];
    w->slots[j] = other;
}

/* Those in use, in random order: they are emptied from the last one on. */
static void
shuffle(struct workload *w) {
    for (size_t i = w->live; i > 1; i--) {
        swap_slots(w, i - 1, rng_below(&w->rng, i));
    }
}

/* When all is asked for: leave out what could not be had. */
static void
end_of_requests(struct workload *w) {
    size_t live = 0;
    for (size_t i = 0; i < w->live; i++) {
        if (w->slots[i].page != WORKLOAD_EMPTY) {
            w->slots[live++] = w->slots[i];
        }
    }
    w->live = live;
    shuffle(w);
    w->asked++; /* once only */
}

static void
plan_all_pages(struct workload *w, size_t at_most) {
    size_t npages = w->setup.npages;
    while (w->asked < npages && w->nsteps < at_most) {
        plan_alloc(w, w->live++, 1);
        w->asked++;
    }
    if (w->nsteps > 0) {
        return;
    }
    if (w->asked == npages) {
        end_of_requests(w);
    }
    while (w->live > 0 && w->nsteps < at_most) {
        plan_free(w, --w->live, 1);
    }
}

/* k with probability 2^-(k+1), up to `most`, which gets the rest. */
static unsigned
draw_order(struct workload *w, unsigned most) {
    uint64_t bits = rng_next(&w->rng);
    unsigned k = 0;
    while (k < most && (bits >> k & 1) != 0) {
        k++;
    }
    return k;
}

static size_t
draw_size(struct workload *w) {
    if (w->setup.id == 'u') {
        return rng_in(&w->rng, 1, (size_t)1 << SIZE_BITS);
    }
    if (w->setup.id == 'd') {
        return (size_t)1 << draw_order(w, ORDERS);
    }
    unsigned k = draw_order(w, SIZE_BITS);
    return k == 0 ? 1 : rng_in(&w->rng, ((size_t)1 << (k - 1)) + 1, (size_t)1 << k);
}

static size_t
most_requested(const struct workload *w) {
    return w->setup.npages * OCCUPIED / 100;
}

/* The plan is carried out: what it filled moves to where it emptied. */
static void
close_gap(struct workload *w) {
    size_t to = w->live - w->freed;
    for (size_t from = w->live; from < w->live + w->filled; from++) {
        if (w->slots[from].page != WORKLOAD_EMPTY) {
            w->slots[to++] = w->slots[from];
        }
    }
    w->live = to;
    w->freed = w->filled = 0;
}

/* What is freed is drawn among the grants that were there before the plan: a part of them at most.
 */
static void
plan_churn(struct workload *w, size_t at_most) {
    close_gap(w);
    size_t requested = w->requested;
    while (w->nsteps < at_most) {
        if (requested < most_requested(w)) {
            size_t slot = w->live + w->filled++;
            w->slots[slot].aux = (uint32_t)draw_size(w);
            plan_alloc(w, slot, w->slots[slot].aux);
            requested += w->slots[slot].aux;
        } else if (w->freed < (w->live + 3) / 4) {
            size_t last = w->live - 1 - w->freed++;
            swap_slots(w, rng_below(&w->rng, last + 1), last);
            plan_free(w, last, w->slots[last].aux);
            requested -= w->slots[last].aux;
        } else {
            break;
        }
    }
}

static void
plan_fault(struct workload *w) {
    struct workload_process *process = &w->processes[w->current];
    uint32_t slot = w->spare;
    w->spare = w->slots[slot].aux;
    w->slots[slot].aux = WORKLOAD_EMPTY;
    if (process->first == WORKLOAD_EMPTY) {
        process->first = slot;
    } else {
        w->slots[process->last].aux = slot;
    }
    process->last = slot;
    plan_alloc(w, slot, 1);
    w->expected++;
    w->burst--;
}

/* One page of the process that exits, the oldest first. */
static void
plan_exit(struct workload *w) {
    struct workload_process *process = &w->processes[w->current];
    uint32_t slot = process->first;
    if (slot == WORKLOAD_EMPTY) {
        w->exiting = false;
        return;
    }
    process->first = w->slots[slot].aux;
    w->slots[slot].aux = w->spare;
    w->spare = slot;
    plan_free(w, slot, 1);
    w->expected--;
}

static void
plan_processes(struct workload *w, size_t at_most) {
    while (w->nsteps < at_most) {
        if (w->exiting) {
            plan_exit(w);
        } else if (w->burst > 0) {
            plan_fault(w);
        } else {
            w->current = rng_below(&w->rng, w->nprocesses);
            w->exiting = w->expected >= most_requested(w);
            w->burst = w->exiting ? 0 : rng_in(&w->rng, 1, BURST);
        }
    }
}

size_t
workload_plan(struct workload *w, size_t at_most) {
    at_most = at_most < WORKLOAD_STEPS ? at_most : WORKLOAD_STEPS;
    w->nsteps = 0;
    switch (w->setup.id) {
    case 'b':
        plan_all_pages(w, at_most);
        break;
    case 'f':
        plan_processes(w, at_most);
        break;
    case 'c':
    case 'd':
    case 'u':
        plan_churn(w, at_most);
        break;
    default:
        plan_pairs(w, at_most);
        break;
    }
    return w->nsteps;
}

/* ---- how it begins ----------------------------------------------------------------------------
 */

/* Ask for single pages; each that is granted gets its bit. */
static void
take_pages(struct workload *w, size_t n) {
    uint64_t *granted = bitmap_of(w);
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
    return (bitmap_of(w)[page / 64] >> page % 64 & 1) != 0;
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
    uint64_t *granted = bitmap_of(w);
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
    for (size_t refused = 0; refused < REFUSALS && w->requested < most_requested(w);) {
        size_t n = draw_size(w);
        w->slots[w->live] = (struct workload_slot){.aux = (uint32_t)n};
        run_alloc(w, &w->slots[w->live], n);
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
    w->processes = (struct workload_process *)bitmap_of(w);
    w->nprocesses = w->setup.npages / PROCESS_PAGES;
    for (size_t i = 0; i < w->nprocesses; i++) {
        w->processes[i].first = w->processes[i].last = WORKLOAD_EMPTY;
    }
    for (size_t i = 0; i < w->setup.npages; i++) {
        w->slots[i].aux = (uint32_t)(i + 1);
    }
    while (!w->exiting) {
        workload_plan(w, BURST);
        workload_run(w);
    }
}

void
workload_start(struct workload *w, const struct workload_setup *setup) {
    char name[] = {setup->id, '\0'};
    *w = (struct workload){.setup = *setup,
                           .slots = setup->memory,
                           .rng = rng_for(WORKLOAD_SEED, name),
                           .depth = setup->id == 'L' ? DEPTH : 1};
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
        run_free(w, &w->slots[slot], 1);
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
    close_gap(w);
    for (size_t i = 0; i < w->live; i++) {
        run_free(w, &w->slots[i], length != 0 ? length : w->slots[i].aux);
    }
    for (size_t i = 0; i < w->nprocesses; i++) {
        end_process(w, &w->processes[i]);
    }
    if (strchr("aALe", w->setup.id) != NULL) {
        end_pairs(w);
    }
    w->live = w->nprocesses = 0;
}
