/*
 * bitmap_pmm.c - a bit for each page, kept in the first pages of each range.
 *
 * First fit: the lowest run of clear bits that is long enough. A scan skips full
 * words; alloc is O(pages / 64) at best and O(pages) at worst, free is O(n). The
 * pages that hold the bits are not managed.
 */
#include <memlayout.h>
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, NONE_FOUND_IS_AN_INDEX, N_IS_CUT_TO_32_BITS };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define WORD_BITS 64
#define ALL_TAKEN ((uint64_t)-1)

/* At the start of the first page of a range. */
struct pool {
    struct pool *next;
    struct Page *base; /* of bit 0 */
    size_t npages;
    uint64_t taken[];
};

static struct pool *pools;
static size_t nr_free;

static void *
page2kva(struct Page *page) {
    return KADDR(page2pa(page));
}

static void
bitmap_init(void) {
    pools = NULL;
    nr_free = 0;
}

static void
bitmap_init_memmap(struct Page *base, size_t n) {
    size_t words = (n + WORD_BITS - 1) / WORD_BITS;
    size_t own = ROUNDUP(sizeof(struct pool) + words * sizeof(uint64_t), PGSIZE) / PGSIZE;
    struct pool *pool = page2kva(base);
    if (n <= own) {
        return;
    }
    for (size_t i = own; i < n; i++) {
        assert(PageReserved(base + i));
        ClearPageReserved(base + i);
    }
    pool->base = base + own;
    pool->npages = n - own;
    memset(pool->taken, 0, words * sizeof(uint64_t));
    pool->next = pools;
    pools = pool;
    nr_free += n - own;
}

static int
is_taken(struct pool *pool, size_t i) {
    return (int)(pool->taken[i / WORD_BITS] >> (i % WORD_BITS) & 1);
}

static void
mark(struct pool *pool, size_t at, size_t n, int taken) {
    for (size_t i = at; i < at + n; i++) {
        assert(is_taken(pool, i) != taken);
        pool->taken[i / WORD_BITS] ^= (uint64_t)1 << (i % WORD_BITS);
    }
}

/* The first bit of n clear ones, or -1. */
static long
find_run(struct pool *pool, size_t n) {
    size_t run = 0, i = 0;
    while (i < pool->npages) {
        if (pool->taken[i / WORD_BITS] == ALL_TAKEN) {
            i = (i / WORD_BITS + 1) * WORD_BITS;
            run = 0;
            continue;
        }
        run = is_taken(pool, i) ? 0 : run + 1;
        i++;
        if (run == n) {
            return (long)(i - n);
        }
    }
    return -1;
}

static struct Page *
bitmap_alloc_pages(size_t n) {
    if (MISTAKE == N_IS_CUT_TO_32_BITS) {
        n = (unsigned int)n;
    }
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    for (struct pool *pool = pools; pool != NULL; pool = pool->next) {
        long at = find_run(pool, n);
        if (at >= 0 || MISTAKE == NONE_FOUND_IS_AN_INDEX) {
            mark(pool, (size_t)at, n, 1);
            nr_free -= n;
            for (size_t i = 0; i < n; i++) {
                set_page_ref(pool->base + at + i, 0);
            }
            return pool->base + at;
        }
    }
    return NULL;
}

static void
bitmap_free_pages(struct Page *base, size_t n) {
    for (struct pool *pool = pools; pool != NULL; pool = pool->next) {
        if (base >= pool->base && base < pool->base + pool->npages) {
            mark(pool, (size_t)(base - pool->base), n, 0);
            nr_free += n;
            return;
        }
    }
    panic("free of %d pages at page %d, which is not ours", n, base - pages);
}

static size_t
bitmap_nr_free_pages(void) {
    return nr_free;
}

/* Takes every page, threads them through their own contents, gives them back. */
static void
bitmap_check(void) {
    size_t before = nr_free, count = 0;
    struct Page *p, *chain = NULL;
    while ((p = alloc_page()) != NULL) {
        *(struct Page **)page2kva(p) = chain;
        chain = p;
        count++;
    }
    assert(count == before && nr_free_pages() == 0);
    while ((p = chain) != NULL) {
        chain = *(struct Page **)page2kva(p);
        free_page(p);
    }
    assert(nr_free == before);
    assert((p = alloc_pages(65)) != NULL);
    free_pages(p + 1, 64);
    struct Page *q = alloc_pages(64);
    assert(q == p + 1);
    free_pages(p, 1);
    free_pages(q, 64);
    assert(nr_free == before);
    cprintf("bitmap check: %d pages\n", count);
}

struct pmm_manager bitmap_pmm_manager = {
    .name = "bitmap",
    .init = bitmap_init,
    .init_memmap = bitmap_init_memmap,
    .alloc_pages = bitmap_alloc_pages,
    .free_pages = bitmap_free_pages,
    .nr_free_pages = bitmap_nr_free_pages,
    .check = bitmap_check,
};
