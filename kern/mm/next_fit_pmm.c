/*
 * next_fit_pmm.c - next-fit: search on from where the last grant ended.
 *
 * The search begins at the lowest block that reaches beyond the end of the last
 * grant, goes up, and then round from the lowest block; the first block that is
 * large enough gives its low end. So slivers are spread over all of memory, and
 * few large blocks survive. A refusal and a free leave the place as it is,
 * init() puts it back to the lowest page. alloc and free are O(free blocks).
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5.
 */
#include "basic_check.h"
#include "block_list.h"
#include "pmm.h"

/* A page number, not a block: blocks come and go under it, and it stays right. */
static struct {
    free_area_t area;
    size_t from; /* one past the last grant */
} state;

static void
next_fit_init(void) {
    blocks_init(&state.area);
    state.from = 0;
}

static void
next_fit_init_memmap(struct Page *base, size_t n) {
    blocks_add_memory(&state.area, base, n);
}

/* The lowest block of at least n pages that reaches beyond page number `from`, or NULL. */
static struct Page *
next_fit_find(size_t n, size_t from) {
    list_for_each (le, &state.area.free_list) {
        struct Page *p = block_of(le);
        if (p->property >= n && page2ppn(p) + p->property > from) {
            return p;
        }
    }
    return NULL;
}

static struct Page *
next_fit_alloc_pages(size_t n) {
    if (n == 0 || n > state.area.nr_free) {
        return NULL;
    }
    struct Page *p = next_fit_find(n, state.from);
    if (p == NULL) {
        p = next_fit_find(n, 0);
    }
    if (p == NULL) {
        return NULL;
    }
    state.from = page2ppn(p) + n;
    return blocks_take(&state.area, p, n);
}

static void
next_fit_free_pages(struct Page *base, size_t n) {
    blocks_put(&state.area, base, n);
}

static size_t
next_fit_nr_free_pages(void) {
    return state.area.nr_free;
}

static void
next_fit_for_each_free(pmm_visit_t visit, void *arg) {
    blocks_visit(&state.area, visit, arg);
}

static void
__dump_list(void) {
    blocks_dump(&state.area);
    cprintf("  the search goes on from page %#zx\n", state.from);
}

/* The textbook check; the place to search from is put back behind it. */
static void
next_fit_run_check(bool show) {
    size_t from = state.from;
    basic_check_run(&(struct basic_check){&next_fit_pmm_manager, &state.area.nr_free, show});
    state.from = from;
}

static void
next_fit_check(void) {
    next_fit_run_check(false);
}

static void
next_fit_basic_check(void) {
    next_fit_run_check(true);
}

const struct pmm_manager next_fit_pmm_manager = {
    .name = "next_fit",
    .init = next_fit_init,
    .init_memmap = next_fit_init_memmap,
    .alloc_pages = next_fit_alloc_pages,
    .free_pages = next_fit_free_pages,
    .nr_free_pages = next_fit_nr_free_pages,
    .check = next_fit_check,
    .basic_check = next_fit_basic_check,
    .dump_list = __dump_list,
    .grant = blocks_grant,
    .for_each_free = next_fit_for_each_free,
    .caps = PMM_SUBRANGE,
};
