/*
 * bitmap_exact_pmm.c - grants exactly n pages: best-fit among words of 64 pages.
 *
 * A page is a bit, 64 of them are a word, and a word that is all free is a bit again, one
 * level up. n pages are a run of bits in one word of the lowest level that has room for
 * them: of the words with the shortest longest run that is enough, the last one to become so.
 * What goes beyond n, where units are larger than pages, is given back at once. So slivers are
 * used up before anything larger is cut, and nothing is rounded; but a run that goes
 * over a word's end counts as two.
 * alloc and free of up to 64 pages are O(1) as a rule, one level of bits; O(log npage) to the
 * base of 64 where a larger unit is cut or made. Larger ones touch two words of each level.
 * Metadata: 0.27 bytes a page.
 * Source: best-fit is Knuth, The Art of Computer Programming, volume 1, section 2.5; lists of
 * lengths that are found through a word of bits, M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF:
 * a new dynamic memory allocator for real-time systems", 2004. Runs of ones are found by
 * doubling: H. S. Warren, Hacker's Delight, section 6-2.
 */
#include "basic_check.h"
#include "bitmap_runs.h"
#include "pmm.h"

static struct bitmap_runs runs;

static void
exact_init(void) {
    runs_init(&runs);
}

static void
exact_init_memmap(struct Page *base, size_t n) {
    if (runs.top == NULL) {
        runs_start(&runs);
    }
    runs.nr_free += (unsigned int)n;
    runs_put(&runs, runs.level, (size_t)(base - pages), n);
}

static struct Page *
exact_alloc_pages(size_t n) {
    size_t i = n - 1 < runs.nr_free ? runs_take(&runs, n) : SIZE_MAX;
    return i == SIZE_MAX ? NULL : &pages[i];
}

static void
exact_free_pages(struct Page *base, size_t n) {
    size_t i = (size_t)(base - pages);
    if (n - 1 >= npage - nbase - i) {
        panic("P8: %zu pages from page %#zx on are not in memory", n, page2ppn(base));
    }
    runs.nr_free += (unsigned int)n;
    runs_put_units(&runs, runs.level, i, n);
}

static size_t
exact_grant(size_t n) {
    return n;
}

static size_t
exact_nr_free_pages(void) {
    return runs.nr_free;
}

struct visitor {
    pmm_visit_t visit;
    void *arg;
};

static void
visit_word(uint64_t word, size_t first, size_t unit, struct visitor *v) {
    while (word != 0) {
        unsigned at = bit_lowest(word), n = run_around(word, at);
        v->visit(&pages[(first + at) * unit], unit * n, v->arg);
        word &= ~run_at(at, n);
    }
}

/* A run of each word is a block. */
static void
exact_for_each_free(pmm_visit_t visit, void *arg) {
    struct visitor v = {visit, arg};
    size_t unit = 1;
    for (struct run_level *level = runs.level; level <= runs.top; level++) {
        for (uint64_t rest = level->lists.nonempty; rest != 0; rest &= rest - 1) {
            int32_t w = level->lists.word[-(int32_t)bit_lowest(rest) - 1].next;
            for (; w >= 0; w = level->lists.word[w].next) {
                visit_word(level->lists.word[w].free, (size_t)w * RUN_BITS, unit, &v);
            }
        }
        unit *= RUN_BITS;
    }
}

#define BLOCKS_SHOWN 20 /* by __dump_list */

static void
show_block(struct Page *head, size_t n, void *arg) {
    size_t *count = arg;
    if ((*count)++ < BLOCKS_SHOWN) {
        cprintf("  %#zx..%#zx  %zu pages\n", page2ppn(head), page2ppn(head) + n, n);
    }
}

static void
__dump_list(void) {
    size_t count = 0;
    exact_for_each_free(show_block, &count);
    if (count > BLOCKS_SHOWN) {
        cprintf("  ... and %zu more\n", count - BLOCKS_SHOWN);
    }
    cprintf("  %u pages free in %zu blocks\n", runs.nr_free, count);
}

static void
exact_check(void) {
    basic_check_run(&(struct basic_check){&bitmap_exact_pmm_manager, &runs.nr_free, .show = false});
}

static void
exact_basic_check(void) {
    basic_check_run(&(struct basic_check){&bitmap_exact_pmm_manager, &runs.nr_free, .show = true});
}

const struct pmm_manager bitmap_exact_pmm_manager = {
    .name = "bitmap_exact",
    .init = exact_init,
    .init_memmap = exact_init_memmap,
    .alloc_pages = exact_alloc_pages,
    .free_pages = exact_free_pages,
    .nr_free_pages = exact_nr_free_pages,
    .check = exact_check,
    .basic_check = exact_basic_check,
    .dump_list = __dump_list,
    .grant = exact_grant,
    .for_each_free = exact_for_each_free,
    .caps = PMM_SUBRANGE | PMM_LAZY,
    .metadata = runs_bytes,
};
