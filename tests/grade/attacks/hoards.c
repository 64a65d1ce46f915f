/*
 * hoards.c - has no allocator: one grant at a time, the start of the lowest range that is long
 * enough. All the rest is its own while that lasts: as overhead, or, with COSTS, as the price.
 */
#include <pmm.h>

#define MOST_RANGES 64

static struct range {
    struct Page *base;
    size_t n;
} range[MOST_RANGES];
static size_t ranges, all, kept;
static bool taken;

static void
init(void) {
    ranges = all = 0;
    taken = false;
}

static void
init_memmap(struct Page *base, size_t n) {
    for (size_t i = 0; i < n; i++) {
        base[i].flags = 0;
    }
    range[ranges++] = (struct range){base, n};
    all += n;
}

static const struct range *
lowest(size_t n) {
    const struct range *best = NULL;
    for (size_t i = 0; i < ranges && !taken; i++) {
        if (range[i].n >= n && (best == NULL || range[i].base < best->base)) {
            best = &range[i];
        }
    }
    return n != 0 ? best : NULL;
}

static struct Page *
alloc(size_t n) {
    const struct range *best = lowest(n);
    if (best == NULL) {
        return NULL;
    }
    taken = true;
    kept = all - n;
    return best->base;
}

static void
release(struct Page *base, size_t n) {
    (void)base;
    (void)n;
    taken = false;
}

static size_t
count(void) {
    return taken ? 0 : all;
}

#ifdef COSTS
static size_t
grant(size_t n) {
    const struct range *best = lowest(n);
    return best != NULL ? best->n : n;
}
#else
static size_t
overhead(void) {
    return taken ? kept : 0;
}

static void
for_each_free(pmm_visit_t visit, void *arg) {
    for (size_t i = 0; i < ranges && !taken; i++) {
        visit(range[i].base, range[i].n, arg);
    }
}
#endif

const struct pmm_manager default_pmm_manager = {
    .name = "hoards",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
#ifdef COSTS
    .grant = grant,
#else
    .overhead = overhead,
    .for_each_free = for_each_free,
#endif
};
