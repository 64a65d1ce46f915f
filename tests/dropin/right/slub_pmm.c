/*
 * slub_pmm.c - chunks of 32 pages, each with a mask of the pages that are taken.
 *
 * Chunks with a free page are on one list. A request is met inside one chunk, so
 * 32 pages are the most there are in one piece. Granted pages are reserved until
 * they are freed. alloc is O(chunks), of one page O(1); free is O(n).
 */
#include <list.h>
#include <memlayout.h>
#include <pmm.h>
#include <stdio.h>

enum { NONE, BYTES_FOR_PAGES, MASK_OF_A_WHOLE_CHUNK_IS_EMPTY };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define CHUNK_PAGES 32
#define CHUNKS      16384 /* 2 GiB */

typedef struct slub_chunk {
    list_entry_t link; /* on `partial` while `avail` is not 0 */
    uint32_t avail;    /* a bit for each free page */
} slub_chunk_t;

static slub_chunk_t chunks[CHUNKS];
static list_entry_t partial;
static size_t nr_free;

#define le2chunk(le) to_struct((le), slub_chunk_t, link)

static void
slub_init(void) {
    for (size_t i = 0; i < CHUNKS; i++) {
        chunks[i].avail = 0;
    }
    list_init(&partial);
    nr_free = 0;
}

static uint32_t
mask_of(size_t n) {
    if (n == CHUNK_PAGES) {
        return MISTAKE == MASK_OF_A_WHOLE_CHUNK_IS_EMPTY ? 0 : ~(uint32_t)0;
    }
    return ((uint32_t)1 << n) - 1;
}

static void
slub_give(size_t index, uint32_t mask) {
    slub_chunk_t *chunk = &chunks[index];
    assert((chunk->avail & mask) == 0);
    if (chunk->avail == 0) {
        list_add_before(&partial, &chunk->link);
    }
    chunk->avail |= mask;
}

static void
slub_init_memmap(struct Page *base, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t number = base + i - pages;
        assert(PageReserved(base + i));
        if (number < CHUNKS * CHUNK_PAGES) {
            ClearPageReserved(base + i);
            slub_give(number / CHUNK_PAGES, (uint32_t)1 << number % CHUNK_PAGES);
            nr_free++;
        }
    }
}

/* The first of n free pages in a row inside the chunk, or -1. */
static int
slub_find(uint32_t avail, size_t n) {
    uint32_t mask = mask_of(n);
    for (int at = 0; at + n <= CHUNK_PAGES; at++) {
        if ((avail >> at & mask) == mask) {
            return at;
        }
    }
    return -1;
}

static struct Page *
slub_alloc_pages(size_t n) {
    if (MISTAKE == BYTES_FOR_PAGES) {
        n = ROUNDUP(n, PGSIZE) / PGSIZE;
    }
    if (n == 0 || n > CHUNK_PAGES || n > nr_free) {
        return NULL;
    }
    list_entry_t *le = &partial;
    while ((le = list_next(le)) != &partial) {
        slub_chunk_t *chunk = le2chunk(le);
        int at = slub_find(chunk->avail, n);
        if (at >= 0) {
            struct Page *page = pages + (chunk - chunks) * CHUNK_PAGES + at;
            chunk->avail &= ~(mask_of(n) << at);
            if (chunk->avail == 0) {
                list_del_init(&chunk->link);
            }
            for (size_t i = 0; i < n; i++) {
                set_page_ref(page + i, 0);
                SetPageReserved(page + i);
            }
            nr_free -= n;
            return page;
        }
    }
    return NULL;
}

static void
slub_free_pages(struct Page *base, size_t n) {
    size_t number = base - pages;
    assert(n > 0 && number % CHUNK_PAGES + n <= CHUNK_PAGES);
    for (size_t i = 0; i < n; i++) {
        assert(PageReserved(base + i));
        ClearPageReserved(base + i);
    }
    slub_give(number / CHUNK_PAGES, mask_of(n) << number % CHUNK_PAGES);
    nr_free += n;
}

static size_t
slub_nr_free_pages(void) {
    return nr_free;
}

static void
slub_check(void) {
    size_t before = nr_free_pages();
    list_entry_t *first = list_next(&partial);
    struct Page *all[4], *one = alloc_page();
    assert(one != NULL && PageReserved(one));
    for (int i = 0; i < 4; i++) {
        assert((all[i] = alloc_pages(CHUNK_PAGES)) != NULL);
        assert((all[i] - pages) % CHUNK_PAGES == 0);
    }
    assert(alloc_pages(CHUNK_PAGES + 1) == NULL);
    assert(nr_free_pages() == before - 1 - 4 * CHUNK_PAGES);
    free_page(one);
    assert(!PageReserved(one));
    for (int i = 3; i >= 0; i--) {
        free_pages(all[i] + 16, 16);
        free_pages(all[i], 16);
    }
    assert(nr_free_pages() == before && list_next(&partial) == first);
    cprintf("slub check: %d pages of %d bytes\n", nr_free, PGSIZE);
}

const struct pmm_manager slub_pmm_manager = {
    .name = "slub",
    .init = slub_init,
    .init_memmap = slub_init_memmap,
    .alloc_pages = slub_alloc_pages,
    .free_pages = slub_free_pages,
    .nr_free_pages = slub_nr_free_pages,
    .check = slub_check,
};
