/* workload.c - how each course goes on. */
#include "workload_own.h"

#define OCCUPIED     70 /* percent of memory, in c, d, f and u */
#define SIZE_BITS    6  /* sizes of c are up to 2^6 pages */
#define ORDERS       10 /* sizes of d are up to 2^10 */
#define PAIRS_LENGTH 65536
#define CHURN_LENGTH 4 /* requests for each page of memory */

uint64_t *
workload_granted(const struct workload *w) {
    return (uint64_t *)(w->slots + w->setup.npages + WORKLOAD_STEPS);
}

size_t
workload_bytes(size_t npages) {
    size_t words = npages / 64 + 1 + npages / WORKLOAD_PROCESS_PAGES + 1;
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

void
workload_alloc(struct workload *w, struct workload_slot *slot, size_t n) {
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

void
workload_free(struct workload *w, struct workload_slot *slot, size_t n) {
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
            workload_free(w, &w->slots[step.slot], step.n);
        } else {
            workload_alloc(w, &w->slots[step.slot], step.n);
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

size_t
workload_size(struct workload *w) {
    if (w->setup.id == 'u') {
        return rng_in(&w->rng, 1, (size_t)1 << SIZE_BITS);
    }
    if (w->setup.id == 'd') {
        return (size_t)1 << draw_order(w, ORDERS);
    }
    unsigned k = draw_order(w, SIZE_BITS);
    return k == 0 ? 1 : rng_in(&w->rng, ((size_t)1 << (k - 1)) + 1, (size_t)1 << k);
}

size_t
workload_most(const struct workload *w) {
    return w->setup.npages * (w->setup.occupied == 0 ? OCCUPIED : w->setup.occupied) / 100;
}

/* The plan is carried out: what it filled moves to where it emptied. */
void
workload_close_gap(struct workload *w) {
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
    workload_close_gap(w);
    size_t requested = w->requested;
    while (w->nsteps < at_most) {
        if (requested < workload_most(w)) {
            size_t slot = w->live + w->filled++;
            w->slots[slot].aux = (uint32_t)workload_size(w);
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
            w->exiting = w->expected >= workload_most(w);
            w->burst = w->exiting ? 0 : rng_in(&w->rng, 1, WORKLOAD_BURST);
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
