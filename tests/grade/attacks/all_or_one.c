/*
 * all_or_one.c - has no allocator of runs: single pages by a search, and more than one only while
 * nobody has any. With KEEPS, all but 16 pages are its own from the start.
 */
#include <pmm.h>

#define MOST_PAGES  (1 << 16)
#define MOST_RANGES 64

static bool had[MOST_PAGES];
static struct range {
    struct Page *base;
    size_t n;
} range[MOST_RANGES];
static size_t ranges, all, left;

static void
init(void) {
    ranges = all = left = 0;
}

static void
init_memmap(struct Page *base, size_t n) {
#ifdef KEEPS
    all += n > 16 ? n - 16 : 0; /* what is left of it cannot be had */
    n = n > 16 ? 16 : n;
#endif
    for (size_t i = 0; i < n; i++) {
        base[i].flags = 0;
        had[base + i - pages] = false;
    }
    range[ranges++] = (struct range){base, n};
    all += n;
    left += n;
}

static bool
fits(const struct Page *p, size_t n) {
    while (n > 0 && !had[p + n - 1 - pages]) {
        n--;
    }
    return n == 0;
}

static void
mark(const struct Page *p, size_t n, bool value) {
    for (size_t i = 0; i < n; i++) {
        had[p + i - pages] = value;
    }
}

static bool
refuses(size_t n) {
#ifdef KEEPS
    return n == 0 || n > left;
#else
    return n == 0 || n > left || (n > 1 && left < all);
#endif
}

static struct Page *
alloc(size_t n) {
    for (size_t r = 0; r < ranges && !refuses(n); r++) {
        for (struct Page *p = range[r].base; p + n <= range[r].base + range[r].n; p++) {
            if (fits(p, n)) {
                mark(p, n, true);
                left -= n;
                return p;
            }
        }
    }
    return NULL;
}

static void
release(struct Page *base, size_t n) {
    mark(base, n, false);
    left += n;
}

static size_t
count(void) {
    return left;
}

#ifdef KEEPS
static size_t
overhead(void) {
    size_t sum = 0;
    for (size_t r = 0; r < ranges; r++) {
        sum += range[r].n;
    }
    return all - sum;
}
#endif

const struct pmm_manager own_pmm_manager = {
    .name = "all_or_one",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
#ifdef KEEPS
    .overhead = overhead,
#endif
};
