/* fragments.c - free frames, joined. */
#include "fragments.h"

#define HUGE_PAGES 512 /* in 2 MiB */

struct marking {
    uint64_t *bits;
    size_t n;
};

static void
mark(struct Page *head, size_t n, void *arg) {
    struct marking *m = arg;
    size_t first = (size_t)(head - pages);
    if (first >= m->n || n > m->n - first) {
        return;
    }
    for (size_t i = first; i < first + n; i++) {
        m->bits[i / 64] |= (uint64_t)1 << i % 64;
    }
}

static void
mark_by_property(struct marking *m) {
    for (size_t i = 0; i < m->n; i++) {
        if (PageProperty(&pages[i])) {
            mark(&pages[i], pages[i].property, m);
        }
    }
}

static void
add_run(struct fragments *f, size_t first, size_t n) {
    if (n == 0) {
        return;
    }
    f->free += n;
    f->runs++;
    f->largest = n > f->largest ? n : f->largest;
    for (unsigned k = 0; k < FRAGMENT_ORDERS; k++) {
        f->shorter[k] += n < (size_t)1 << k ? n : 0;
    }
    size_t from = ROUNDUP(nbase + first, HUGE_PAGES), to = ROUNDDOWN(nbase + first + n, HUGE_PAGES);
    f->huge += to > from ? to - from : 0;
}

bool
fragments_of(const struct pmm_manager *m, uint64_t *bits, size_t n, struct fragments *f) {
    struct marking marking = {bits, n};
    *f = (struct fragments){0};
    for (size_t i = 0; i < (n + 63) / 64; i++) {
        bits[i] = 0;
    }
    if (m->for_each_free != NULL) {
        m->for_each_free(mark, &marking);
    } else {
        mark_by_property(&marking);
    }
    size_t run = 0;
    for (size_t i = 0; i < n; i++) {
        if ((bits[i / 64] >> i % 64 & 1) != 0) {
            run++;
        } else {
            add_run(f, i - run, run);
            run = 0;
        }
    }
    add_run(f, n - run, run);
    return f->free == m->nr_free_pages();
}

double
fragments_index(const struct fragments *f, unsigned k) {
    double wanted = (double)((size_t)1 << k);
    if (f->largest >= (size_t)1 << k || f->runs == 0) {
        return -1;
    }
    return 1 - (1 + (double)f->free / wanted) / (double)f->runs;
}
