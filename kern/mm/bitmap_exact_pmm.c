/*
 * bitmap_exact_pmm.c - grants exactly n pages: best-fit among words of 64 pages.
 *
 * A page is a bit, 64 of them are a word, and a word that is all free is a bit again, one
 * level up. n pages are a run of bits in one word of the lowest level that has room for
 * them: of the words with the shortest longest run that is enough, the lowest. What goes
 * beyond n, where units are larger than pages, is given back at once. So slivers are
 * used up before anything larger is cut, and nothing is rounded; but a run that goes
 * over a word's end counts as two.
 * alloc and free of up to 64 pages are O(log npage) to the base of 64, larger ones touch
 * two words of each level.
 * Source: best-fit is Knuth, The Art of Computer Programming, volume 1, section 2.5;
 * classes of sizes that are found through bits, TLSF (bit_tree.h). Runs of ones are
 * found by doubling: H. S. Warren, Hacker's Delight, section 6-2.
 */
#include "basic_check.h"
#include "bitmap_runs.h"
#include "pmm.h"

static struct {
    struct run_level *level; /* of pages, at pmm_metadata; NULL: no memory yet */
    struct run_level *top;
    unsigned int nr_free;
} runs;

static void
exact_init(void) {
    runs.level = NULL;
    runs.top = NULL;
    runs.nr_free = 0;
}

static size_t
exact_metadata(size_t frames) {
    size_t bytes = 0;
    for (size_t units = frames, words = 0; words != 1; units = words) {
        words = run_words(units);
        bytes += sizeof(struct run_level) + run_level_words(words) * sizeof(uint64_t);
    }
    return bytes;
}

/* Lay out the levels, with nothing free. O(npage / 4096). */
static void
start(void) {
    size_t units = npage - nbase;
    runs.level = runs.top = pmm_metadata;
    for (; units > RUN_BITS; units = run_words(units)) {
        runs.top++;
    }
    uint64_t *memory = (uint64_t *)(void *)(runs.top + 1);
    units = npage - nbase;
    for (struct run_level *level = runs.level; level <= runs.top; level++) {
        units = run_words(units);
        run_level_init(level, units, memory);
        memory += run_level_words(units);
    }
}

/* Is a unit of that level free, as such or as a part of a larger one? */
static bool
is_free(const struct run_level *level, size_t i) {
    uint64_t word = 0;
    for (; word == 0 && level <= runs.top; level++) {
        word = run_word(level, i / RUN_BITS);
        if ((word >> i % RUN_BITS & 1) != 0) {
            return true;
        }
        i /= RUN_BITS;
    }
    return false;
}

/* Make n units free, which are in one word. */
static inline void
free_in_word(struct run_level *level, size_t i, size_t n) {
    for (;; level++) {
        size_t w = i / RUN_BITS;
        uint64_t before = run_word(level, w), more = run_at(i % RUN_BITS, n);
        if ((before & more) != 0 || (before == 0 && is_free(level + 1, w))) {
            panic("P8: of %zu pages that are freed some are free", n);
        }
        if ((before | more) != RUN_FULL || level == runs.top) {
            run_change(level, w, longest_run(before), before | more);
            return;
        }
        run_change(level, w, longest_run(before), 0);
        i = w;
        n = 1;
    }
}

/* Make the n pages from number i on free, n > 0: whole words of them one level up. */
static void
free_run(size_t i, size_t n) {
    struct run_level *level = runs.level;
    for (; i % RUN_BITS + n > RUN_BITS; level++) {
        size_t head = -i % RUN_BITS, tail = (n - head) % RUN_BITS;
        if (head > 0) {
            free_in_word(level, i, head);
        }
        if (tail > 0) {
            free_in_word(level, i + n - tail, tail);
        }
        i = (i + head) / RUN_BITS;
        n = (n - head - tail) / RUN_BITS;
        if (n == 0) {
            return;
        }
    }
    free_in_word(level, i, n);
}

/* Take n units in a row, 0 < n <= RUN_BITS: the first, or SIZE_MAX. */
static size_t
take(struct run_level *level, size_t n) {
    uint64_t enough = level->lengths >> (n - 1);
    if (enough != 0) {
        unsigned length = (unsigned)n + bit_lowest(enough);
        size_t w = tree_lowest(&level->by_length[length]);
        unsigned at = bit_lowest(runs_of(level->free[w], n));
        run_change(level, w, length, level->free[w] & ~run_at(at, n));
        return RUN_BITS * w + at;
    }
    size_t w = level < runs.top ? take(level + 1, 1) : SIZE_MAX;
    if (w == SIZE_MAX) {
        return SIZE_MAX;
    }
    run_change(level, w, 0, RUN_FULL & ~run_at(0, n));
    return RUN_BITS * w;
}

static void
exact_init_memmap(struct Page *base, size_t n) {
    if (runs.level == NULL) {
        start();
    }
    free_run((size_t)(base - pages), n);
    runs.nr_free += (unsigned int)n;
}

static struct Page *
exact_alloc_pages(size_t n) {
    if (n - 1 >= runs.nr_free) {
        return NULL;
    }
    struct run_level *level = runs.level;
    size_t units = n, unit = 1;
    for (; units > RUN_BITS && level < runs.top; level++) {
        units = run_words(units);
        unit *= RUN_BITS;
    }
    size_t at = units <= RUN_BITS ? take(level, units) : SIZE_MAX;
    if (at == SIZE_MAX) {
        return NULL;
    }
    at *= unit;
    runs.nr_free -= (unsigned int)n;
    if (units * unit > n) {
        free_run(at + n, units * unit - n);
    }
    return &pages[at];
}

static void
exact_free_pages(struct Page *base, size_t n) {
    size_t i = (size_t)(base - pages);
    if (n - 1 >= npage - nbase - i) {
        panic("P8: %zu pages from page %#zx on are not in memory", n, page2ppn(base));
    }
    free_run(i, n);
    runs.nr_free += (unsigned int)n;
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
        unsigned at = bit_lowest(word);
        uint64_t used = ~(word >> at);
        size_t n = used == 0 ? 64 : bit_lowest(used);
        v->visit(&pages[(first + at) * unit], n * unit, v->arg);
        word &= ~run_at(at, n);
    }
}

/* A run of each word is a block. */
static void
exact_for_each_free(pmm_visit_t visit, void *arg) {
    size_t unit = 1;
    for (struct run_level *level = runs.level; level != NULL && level <= runs.top; level++) {
        for (uint64_t rest = level->lengths; rest != 0; rest &= rest - 1) {
            struct bit_tree *words = &level->by_length[bit_lowest(rest) + 1];
            for (size_t w = tree_lowest(words); w != SIZE_MAX; w = tree_next(words, w)) {
                visit_word(level->free[w], w * RUN_BITS, unit, &(struct visitor){visit, arg});
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
    cprintf("  %u pages free in %zu runs\n", runs.nr_free, count);
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
    .metadata = exact_metadata,
};
