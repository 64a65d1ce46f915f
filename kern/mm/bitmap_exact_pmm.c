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
    struct run_level *level; /* at pmm_metadata; NULL: no memory yet */
    unsigned top;
    unsigned int nr_free;
} runs;

static void
exact_init(void) {
    runs.level = NULL;
    runs.top = 0;
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
    runs.level = pmm_metadata;
    runs.top = 0;
    for (size_t words = run_words(npage - nbase); words > 1; words = run_words(words)) {
        runs.top++;
    }
    uint64_t *memory = (uint64_t *)(void *)(runs.level + runs.top + 1);
    size_t words = npage - nbase;
    for (unsigned l = 0; l <= runs.top; l++) {
        words = run_words(words);
        run_level_init(&runs.level[l], words, memory);
        memset(runs.level[l].mixed, 0, l == 0 ? 0 : words * sizeof(uint64_t));
        memory += run_level_words(words);
    }
    runs.level[runs.top].free[0] = 0;
}

static bool
is_mixed(unsigned l, size_t unit) {
    return (runs.level[l].mixed[unit / RUN_BITS] >> unit % RUN_BITS & 1) != 0;
}

/* Word w of level l, as far as it says anything. */
static uint64_t
free_word(unsigned l, size_t w) {
    return l == runs.top || is_mixed(l + 1, w) ? runs.level[l].free[w] : 0;
}

/* Is a word of level l that is 0 so because the unit is free, or one that it is part of? */
static bool
free_above(unsigned l, size_t w) {
    uint64_t word = 0;
    for (; word == 0 && l < runs.top; w /= RUN_BITS) {
        word = free_word(++l, w / RUN_BITS);
        if ((word >> w % RUN_BITS & 1) != 0) {
            return true;
        }
    }
    return false;
}

/* Word w of level l, whose longest run had `was` units, becomes `word`. */
static inline void
change_word(unsigned l, size_t w, unsigned was, uint64_t word) {
    runs.level[l].free[w] = word;
    run_level_sort(&runs.level[l], w, was, longest_run(word));
    if (l < runs.top && (was == 0) != (word == 0)) {
        runs.level[l + 1].mixed[w / RUN_BITS] ^= run_at(w % RUN_BITS, 1);
    }
}

/* Make n units of level l free, which are in one word. */
static void
free_in_word(unsigned l, size_t i, size_t n) {
    for (;; l++) {
        size_t w = i / RUN_BITS;
        uint64_t before = free_word(l, w), more = run_at(i % RUN_BITS, n);
        if ((before & more) != 0 || (before == 0 && free_above(l, w))) {
            panic("P8: of %zu pages that are freed some are free", n);
        }
        if ((before | more) != RUN_FULL || l == runs.top) {
            change_word(l, w, longest_run(before), before | more);
            return;
        }
        if (before != 0) {
            change_word(l, w, longest_run(before), 0);
        }
        i = w;
        n = 1;
    }
}

/* Make the n pages from number i on free, n > 0: whole words of them one level up. */
static void
free_run(size_t i, size_t n) {
    runs.nr_free += (unsigned int)n;
    for (unsigned l = 0; n > 0; l++) {
        size_t head = -i % RUN_BITS;
        if (i % RUN_BITS + n <= RUN_BITS) {
            free_in_word(l, i, n);
            return;
        }
        if (head > 0) {
            free_in_word(l, i, head);
        }
        n -= head;
        if (n % RUN_BITS > 0) {
            free_in_word(l, i + head + n / RUN_BITS * RUN_BITS, n % RUN_BITS);
        }
        i = (i + head) / RUN_BITS;
        n /= RUN_BITS;
    }
}

/* Take n units of level l in a row, 0 < n <= RUN_BITS: the first, or SIZE_MAX. */
static size_t
take(unsigned l, size_t n) {
    struct run_level *level = &runs.level[l];
    uint64_t enough = level->lengths >> (n - 1);
    if (enough != 0) {
        unsigned length = (unsigned)n + bit_lowest(enough);
        size_t w = tree_lowest(&level->by_length[length]);
        unsigned at = bit_lowest(runs_of(level->free[w], n));
        change_word(l, w, length, level->free[w] & ~run_at(at, n));
        return RUN_BITS * w + at;
    }
    size_t w = l < runs.top ? take(l + 1, 1) : SIZE_MAX;
    if (w == SIZE_MAX) {
        return SIZE_MAX;
    }
    change_word(l, w, 0, RUN_FULL & ~run_at(0, n));
    return RUN_BITS * w;
}

static void
exact_init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p != base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        p->ref = 0;
    }
    if (runs.level == NULL) {
        start();
    }
    free_run((size_t)(base - pages), n);
}

static struct Page *
exact_alloc_pages(size_t n) {
    if (n - 1 >= runs.nr_free) {
        return NULL;
    }
    unsigned l = 0;
    size_t units = n, unit = 1;
    for (; units > RUN_BITS; units = run_words(units)) {
        unit *= RUN_BITS;
        l++;
    }
    size_t at = l <= runs.top ? take(l, units) : SIZE_MAX;
    if (at == SIZE_MAX) {
        return NULL;
    }
    at *= unit;
    runs.nr_free -= (unsigned int)(units * unit);
    if (units * unit > n) {
        free_run(at + n, units * unit - n);
    }
    return &pages[at];
}

static void
exact_free_pages(struct Page *base, size_t n) {
    free_run((size_t)(base - pages), n);
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
    for (unsigned l = 0; runs.level != NULL && l <= runs.top; l++) {
        struct run_level *level = &runs.level[l];
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
    .caps = PMM_SUBRANGE,
    .metadata = exact_metadata,
};
