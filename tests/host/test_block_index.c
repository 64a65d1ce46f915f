/* test_block_index.c - block_index.h and long_blocks.h by themselves: X1-X5, L1, L2, and how deep.
 */
#include "host_test.h"

#define CHUNK_LEVEL 1 /* 64 frames */
#include "block_index.h"
#include "host_env.h"
#include "long_blocks.h"
#include "stdio.h"

#define NFRAMES 600  /* at most */
#define JUNK    0x5a /* as tags, they are free blocks */

static struct block_index x;
static struct Page frames[NFRAMES];
static bool is_free[NFRAMES];    /* what the index should know */
static bool in_use[NFRAMES + 1]; /* frames that were ever granted, or at or beside a block's end */
static uint64_t seed = 0x9e3779b97f4a7c15;

struct Page *pages;
size_t npage, nbase;
uint64_t va_pa_offset;
void *pmm_metadata;

static size_t said; /* lines that index_dump printed */

int
cprintf(const char *fmt, ...) {
    said += fmt[strlen(fmt) - 1] == '\n';
    return 0;
}

static size_t joined, asked; /* calls of the functions below */

/* Summaries that show all that goes into them: a bit for each length, modulo 64. */
static inline uint64_t
summary_of(int tag) {
    return tag > 0 ? (uint64_t)1 << tag % 64 : 0;
}

static inline uint64_t
summary_join(uint64_t a, uint64_t b) {
    joined++;
    return a | b;
}

static inline bool
summary_has(uint64_t summary, uint64_t wanted) {
    asked++;
    return (summary & wanted) != 0;
}

static size_t
below(size_t n) {
    return (size_t)(host_random(&seed) % n);
}

static void
use(size_t first, size_t last) {
    memset(&in_use[first], true, last - first + 1);
}

/* So many frames in one block, and no byte more than the index asks for. */
static void
start(size_t n) {
    free(pmm_metadata);
    pmm_metadata = malloc(index_bytes(n));
    assert_non_null(pmm_metadata);
    memset(pmm_metadata, JUNK, index_bytes(n));
    pages = frames;
    nbase = 0x80000;
    npage = nbase + n;
    memset(in_use, false, sizeof(in_use));
    use(0, 0);
    use(n - 1, n);
    index_init(&x);
    index_prepare(&x, 0, n);
    index_put(&x, 0, n);
    memset(is_free, true, n);
}

/* Grant the n frames from i on, which a free block begins with. */
static void
take(size_t i, size_t n) {
    index_take(&x, i, n);
    memset(&is_free[i], false, n);
    use(i, i + n);
}

/* So many frames, all of them granted. */
static void
start_in_use(size_t n) {
    start(n);
    take(0, n);
}

/* Frames from i on of which all are free, or none is. */
static size_t
run_at(size_t i) {
    size_t end = i;
    while (end < npage - nbase && is_free[end] == is_free[i]) {
        end++;
    }
    return end - i;
}

static int
expected_tag(size_t i) {
    if (i >= npage - nbase || !is_free[i]) {
        return 0;
    }
    if (i == 0 || !is_free[i - 1]) {
        return (int)run_at(i);
    }
    size_t first = i;
    while (first > 0 && is_free[first - 1]) {
        first--;
    }
    return run_at(i) > 1 ? 0 : -(int)(i - first + 1);
}

static void
expect_invariants(void) {
    size_t n = ROUNDUP(npage - nbase + 1, INDEX_CHUNK), sum = 0;
    uint64_t summary[NFRAMES + INDEX_CHUNK];
    for (size_t i = 0; i < n; i++) {
        if (x.open[i / INDEX_CHUNK]) {
            assert_int_equal(x.tag[i], expected_tag(i)); /* X1, X2 */
        }
        summary[i] = summary_of(expected_tag(i));
        sum += i < npage - nbase && is_free[i];
    }
    for (unsigned k = 0; k < x.levels; k++) {
        for (size_t i = 0; i < n; i++) {
            summary[i / 8] = i % 8 == 0 ? summary[i] : summary[i / 8] | summary[i];
        }
        n /= 8;
        for (; n % 8 != 0; n++) {
            summary[n] = 0;
        }
        for (size_t i = 0; i < n; i++) {
            assert_true((k < CHUNK_LEVEL && !x.open[i / 8]) ||
                        x.level[k][i] == summary[i]); /* X3 */
        }
    }
    assert_int_equal(n, 8);
    assert_int_equal(x.nr_free, sum); /* X4 */
}

/* X5, and chunks are not opened before they have to be. */
static void
expect_open_chunks(void) {
    for (size_t c = 0; c <= (npage - nbase) / INDEX_CHUNK; c++) {
        bool used = false;
        for (size_t i = c * INDEX_CHUNK; i <= npage - nbase && i < (c + 1) * INDEX_CHUNK; i++) {
            used |= in_use[i];
        }
        assert_int_equal(x.open[c], used);
    }
}

/* Cut off some of the free block that frame i is in, or free some of what is granted from i on. */
static void
step(size_t i) {
    bool was_free = is_free[i];
    while (was_free && i > 0 && is_free[i - 1]) {
        i--;
    }
    size_t run = run_at(i), n = below(3) == 0 ? run : 1 + below(run);
    if (was_free) {
        take(i, n);
    } else {
        index_put(&x, i, n);
        memset(&is_free[i], true, n);
    }
}

static void
tags_and_summaries_are_right_after_every_call(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 8, 15, 62, 63, 64, 511, 512, NFRAMES};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        start(sizes[i]);
        expect_invariants();
        for (size_t steps = 0; steps < 200; steps++) {
            step(below(sizes[i]));
            expect_invariants();
            expect_open_chunks();
        }
    }
}

static void
the_lowest_of_the_blocks_that_are_wanted_is_found(void **state) {
    (void)state;
    start_in_use(NFRAMES);
    for (size_t i = 1; i < 120; i++) {
        index_put(&x, 5 * i, 1 + i % 3);
    }
    assert_int_equal(index_find(&x, 2), 15);
    assert_int_equal(index_find(&x, 4), 5);
    assert_int_equal(index_find(&x, 8), 10);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(index_find(&x, 8), 10 + 15 * i);
        index_take(&x, 10 + 15 * i, 3);
    }
    assert_int_equal(index_summary(&x), 2 + 4);
}

static void
a_search_asks_8_summaries_a_level_below_the_top_at_most(void **state) {
    (void)state;
    start_in_use(NFRAMES);
    index_put(&x, 511, 1);
    asked = 0;
    assert_int_equal(index_find(&x, 2), 511);
    assert_int_equal(asked, 1 + 8 + 8 + 8);
}

/* Summaries that are joined when [i, i + n) is freed, or granted. */
static size_t
joined_by(void (*change)(struct block_index *, size_t, size_t), size_t i, size_t n) {
    joined = 0;
    change(&x, i, n);
    return joined;
}

static void
a_change_goes_no_further_up_than_it_is_seen(void **state) {
    (void)state;
    start_in_use(NFRAMES);
    assert_int_equal(joined_by(index_put, 0, 1), 8 * x.levels);
    assert_int_equal(joined_by(index_put, 2, 1), 8);
    assert_int_equal(joined_by(index_put, 16, 1), 8 + 8);
}

/* Tags of which nobody knows are not gone up from, nor twice from where there are two of them. */
static void
a_change_goes_up_once_from_each_8_tags(void **state) {
    (void)state;
    start_in_use(NFRAMES);
    assert_int_equal(joined_by(index_put, 0, 8), 8 * x.levels);
    assert_int_equal(joined_by(index_put, 8, 8), 8 * x.levels);
    assert_int_equal(joined_by(index_take, 0, 6), 8 * x.levels);
    assert_int_equal(joined_by(index_take, 6, 10), 8 * x.levels);
}

/* Of 63 + 1 + 5 pages, and of the 5 that are left again, the summaries here are the same. */
static void
the_longer_block_goes_up_before_the_one_that_is_no_more(void **state) {
    (void)state;
    start_in_use(NFRAMES);
    index_put(&x, 8, 63);
    index_put(&x, 72, 5);
    assert_int_equal(joined_by(index_put, 71, 1), 8 * x.levels + 3 * 8);
    assert_int_equal(joined_by(index_take, 8, 64), 3 * 8 + 3 * 8);
}

/* The inside of a free block stays as it was found. */
static void
only_what_comes_to_be_used_is_cleared(void **state) {
    (void)state;
    start(NFRAMES);
    for (size_t i = 0; i < 2 * INDEX_CHUNK; i++) {
        take(i, 1);
        expect_invariants();
        expect_open_chunks();
    }
    const unsigned char *tag = (unsigned char *)&x.tag[3 * INDEX_CHUNK];
    const unsigned char *summary = (unsigned char *)&x.level[0][3 * INDEX_CHUNK / 8];
    for (size_t i = 0; i < INDEX_CHUNK; i++) {
        assert_true(tag[i * sizeof(int)] == JUNK && summary[i] == JUNK);
    }
}

/* Up to more frames than can be counted: nothing is looked at, only laid out. */
static void
tags_and_levels_lie_behind_one_another(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 7, 8, 63, 64, 4095, 4096, 1 << 20, (1 << 24) + 1, INT_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct block_index at;
        uintptr_t end = index_place(&at, 4096, sizes[i]);
        size_t chunks = sizes[i] / INDEX_CHUNK + 1, n = chunks * INDEX_CHUNK / 8;
        assert_int_equal((uintptr_t)at.tag, 4096);
        assert_int_equal((uintptr_t)at.level[0], 4096 + 8 * n * sizeof(int));
        for (unsigned k = 0; k < at.levels; k++) {
            size_t room = ROUNDUP(n, 8) * sizeof(uint64_t);
            uintptr_t next = (uintptr_t)(k + 1 == at.levels ? (void *)at.open : at.level[k + 1]);
            assert_int_equal((uintptr_t)at.level[k] + room, next);
            assert_true(k + 1 < at.levels ? n > 1 : n == 1);
            n = ROUNDUP(n, 8) / 8;
        }
        assert_true(sizes[i] == INT_MAX ? at.levels == INDEX_LEVELS : at.levels < INDEX_LEVELS);
        assert_int_equal((uintptr_t)at.open + ROUNDUP(chunks, 8), end);
        assert_int_equal(at.frames, sizes[i]);
        assert_int_equal(index_bytes(sizes[i]), end - 4096);
    }
}

static void
a_dump_has_a_line_for_each_block_and_one_for_the_sum(void **state) {
    (void)state;
    start_in_use(NFRAMES);
    index_put(&x, 40, index_grant(7));
    index_put(&x, 300, 100);
    said = 0;
    index_dump(&x);
    assert_int_equal(said, 3);
}

/* ---- long blocks ----------------------------------------------------------------------------- */

#define NODES 4096

static struct long_block nodes[NODES];
static struct long_blocks tree;
static size_t length[NODES]; /* of the block that begins at frame i * LONG + i % LONG, or 0 */

static size_t
place(size_t i) {
    return i * LONG + i % LONG;
}

static void
add(size_t i, size_t n) {
    length[i] = n;
    long_add(&tree, place(i), n);
}

static void
drop(size_t i) {
    long_remove(&tree, place(i), length[i]);
    length[i] = 0;
}

static void
start_long(void) {
    memset(length, 0, sizeof(length));
    memset(nodes, JUNK, sizeof(nodes));
    tree = (struct long_blocks){nodes, NO_NODE};
}

/* The nodes below `node`, whose keys must be from `low` to `high`. */
static size_t
expect_subtree(uint32_t node, uint64_t low, uint64_t high, size_t *depth) {
    *depth = 0;
    if (node == NO_NODE) {
        return 0;
    }
    const struct long_block *b = &nodes[node];
    size_t count = 1, deep[2];
    assert_int_equal(b->key, (uint64_t)length[node] << 32 | place(node));
    assert_true(b->key >= low && b->key <= high); /* L1 */
    for (int side = 0; side < 2; side++) {
        uint32_t child = b->child[side];
        assert_true(child == NO_NODE || long_rank(child) < long_rank(node)); /* L2 */
        count +=
            expect_subtree(child, side ? b->key + 1 : low, side ? high : b->key - 1, &deep[side]);
    }
    *depth = 1 + (deep[0] > deep[1] ? deep[0] : deep[1]);
    return count;
}

/* What is in the tree; and the answers to all requests up to `most` pages. */
static void
expect_tree(size_t slots, size_t most) {
    size_t depth, count = 0;
    for (size_t i = 0; i < slots; i++) {
        count += length[i] > 0;
    }
    assert_int_equal(expect_subtree(tree.root, 0, UINT64_MAX, &depth), count);
    for (size_t n = LONG; n <= most; n++) {
        size_t best = NO_BLOCK, best_length = SIZE_MAX;
        for (size_t i = 0; i < slots; i++) {
            if (length[i] >= n && length[i] < best_length) {
                best = place(i);
                best_length = length[i];
            }
        }
        assert_int_equal(long_find(&tree, n), best);
    }
}

static void
the_shortest_of_the_long_blocks_is_found_after_every_call(void **state) {
    (void)state;
    start_long();
    for (size_t steps = 0; steps < 1500; steps++) {
        size_t i = below(40);
        if (length[i] > 0) {
            drop(i);
        } else {
            add(i, LONG + below(12));
        }
        expect_tree(40, LONG + 12);
    }
}

/* Random order would be 27 deep; a list would be 4096. */
static void
regular_places_and_lengths_do_not_make_the_tree_deep(void **state) {
    (void)state;
    static const size_t strides[] = {1, 2, 3, 8, 34};
    for (size_t s = 0; s < ARRAY_SIZE(strides); s++) {
        for (size_t order = 0; order < 3; order++) {
            size_t count = 0, depth;
            start_long();
            for (size_t i = 0; i < NODES; i += strides[s]) {
                add(i, LONG + (order == 0 ? 0 : order == 1 ? i : NODES - i));
                count++;
            }
            assert_int_equal(expect_subtree(tree.root, 0, UINT64_MAX, &depth), count);
            assert_true(depth <= 40);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tags_and_summaries_are_right_after_every_call),
    cmocka_unit_test(the_lowest_of_the_blocks_that_are_wanted_is_found),
    cmocka_unit_test(a_search_asks_8_summaries_a_level_below_the_top_at_most),
    cmocka_unit_test(a_change_goes_no_further_up_than_it_is_seen),
    cmocka_unit_test(a_change_goes_up_once_from_each_8_tags),
    cmocka_unit_test(the_longer_block_goes_up_before_the_one_that_is_no_more),
    cmocka_unit_test(only_what_comes_to_be_used_is_cleared),
    cmocka_unit_test(tags_and_levels_lie_behind_one_another),
    cmocka_unit_test(a_dump_has_a_line_for_each_block_and_one_for_the_sum),
    cmocka_unit_test(the_shortest_of_the_long_blocks_is_found_after_every_call),
    cmocka_unit_test(regular_places_and_lengths_do_not_make_the_tree_deep),
};

int
main(int argc, char **argv) {
    return host_test_main("block_index", tests, ARRAY_SIZE(tests), argc, argv);
}
