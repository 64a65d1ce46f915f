/* test_bitmap_buddy.c - what is special to bitmap_buddy: where its blocks are, and which it takes.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "host_test.h"

#include "bitmap_env.h"
#include "bits.h"

static const struct pmm_manager *const m = &bitmap_buddy_pmm_manager;

/* Is the block of that many pages at frame i, a multiple of it as a page number, all free? */
static bool
block_free(size_t i, size_t size) {
    if ((nbase + i) % size != 0 || size > npage - nbase - i) {
        return false;
    }
    for (size_t j = i; j < i + size; j++) {
        if (!is_free[j]) {
            return false;
        }
    }
    return true;
}

/* Pages of the largest block that begins at frame i; 0: none does. */
static size_t
block_at(size_t i) {
    size_t size = 0;
    for (size_t next = 1; block_free(i, next); next *= 2) {
        size = next;
    }
    return size;
}

#define ORDERS 6
#define LEVELS 3

/* Are the 2^j units of that level free, from number `unit` on? */
static bool
units_free(unsigned l, size_t unit, unsigned j) {
    for (size_t ppn = unit << ORDERS * l; ppn < (unit + (1U << j)) << ORDERS * l; ppn++) {
        if (ppn < nbase || ppn >= npage || !is_free[ppn - nbase]) {
            return false;
        }
    }
    return true;
}

/* The first of 2^j free units of a word, or 64. */
static size_t
row_in(unsigned l, size_t word, unsigned j) {
    size_t at = 0;
    while (at < 64 && !units_free(l, 64 * word + at, j)) {
        at += (size_t)1 << j;
    }
    return at;
}

/* Orders of blocks that a word has; 0: none, or that it is all free, which is another level's. */
static unsigned
orders_of(unsigned l, size_t word) {
    unsigned orders = units_free(l + 1, word, 0) ? 0 : ORDERS;
    while (orders > 0 && row_in(l, word, orders - 1) == 64) {
        orders--;
    }
    return orders;
}

/* Of the words of a level those with the fewest orders above j: so many, or ORDERS + 1: none. */
static unsigned
fewest_orders(unsigned l, unsigned j) {
    size_t end = (npage - 1) >> ORDERS * (l + 1);
    unsigned fewest = ORDERS + 1;
    for (size_t word = nbase >> ORDERS * (l + 1); word <= end; word++) {
        unsigned orders = orders_of(l, word);
        fewest = orders > j && orders < fewest ? orders : fewest;
    }
    return fewest;
}

/* Is `frame` where n pages may be taken from, or NO_FRAME where there are none? */
static bool
due_for(size_t n, size_t frame) {
    unsigned k = log2_ceil(n), l = k / ORDERS, j = k % ORDERS, fewest = fewest_orders(l, j);
    while (fewest > ORDERS && ++l < LEVELS) {
        j = 0;
        fewest = fewest_orders(l, j);
    }
    if (fewest > ORDERS || frame == NO_FRAME) {
        return fewest > ORDERS && frame == NO_FRAME;
    }
    size_t unit = (nbase + frame) >> ORDERS * l;
    return unit << ORDERS * l == nbase + frame && orders_of(l, unit / 64) == fewest &&
           row_in(l, unit / 64, j) == unit % 64;
}

static void
check_block(struct Page *head, size_t n, void *arg) {
    size_t *blocks = arg;
    assert_int_equal(block_at((size_t)(head - pages)), n);
    (*blocks)++;
}

static void
check_all(void) {
    size_t blocks = 0;
    check_blocks();
    m->for_each_free(check_block, &blocks);
}

static const size_t bases[] = {0, 1, 3, 63, 64, 0x7ffff, 0x80000, 0x80001};

static void
memory_of_any_size_is_cut_into_the_largest_aligned_blocks(void **state) {
    (void)state;
    static const size_t sizes[] = {255, 4095, 4096, 4097, 8193, 262143, 262144, 262145};
    for (size_t s = 1; s <= 130 + ARRAY_SIZE(sizes); s++) {
        size_t frames = s <= 130 ? s : sizes[s - 131];
        for (size_t b = 0; b < ARRAY_SIZE(bases); b++) {
            start_with(bases[b], frames);
            check_all();
        }
    }
}

static void
every_page_can_be_had_and_all_of_them_join_again(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, 262144};
    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        size_t frames = sizes[s], first;
        start_with(0x80000, frames);
        for (size_t i = 0; i < frames; i++) {
            first = take(1);
            assert_true(first != NO_FRAME);
            assert_true(!is_power_of_two(frames) || first == i); /* then there is one block */
        }
        assert_int_equal(take(1), NO_FRAME);
        for (size_t i = 0; i < frames; i++) {
            put(i * 1009 % frames, 1); /* 1009 is a prime: each page once */
        }
        check_all();
    }
}

static void
of_words_that_are_alike_the_last_to_become_so_is_taken(void **state) {
    (void)state;
    static const size_t freed[] = {200000, 8194, 130, 4096, 262142, 2, 132, 12288, 64};
    static const size_t taken[] = {64, 12288, 2, 262142, 4096, 130, 132, 8194, 200000};
    start_with(0, 262144);
    while (m->nr_free_pages() > 0) {
        take(1);
    }
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(freed); i++) {
            put(freed[i], 1);
        }
        for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
            assert_int_equal(take(1), taken[i]);
        }
    }
}

/* Sizes mostly small, at most a quarter of memory. */
static size_t
random_size(uint64_t *random, size_t frames) {
    size_t most = (size_t)1 << host_random(random) % (log2_ceil(frames) - 1);
    return 1 + host_random(random) % most;
}

static void
each_grant_comes_from_a_word_that_is_due(void **state) {
    (void)state;
    static const size_t sizes[] = {200, 4500};
    uint64_t random = 3;
    for (size_t b = 0; b < ARRAY_SIZE(bases) * ARRAY_SIZE(sizes); b++) {
        struct {
            size_t first, n;
        } grant[100] = {{0, 0}};
        size_t frames = sizes[b % ARRAY_SIZE(sizes)];
        start(bases[b / ARRAY_SIZE(sizes)], frames);
        give(frames / 2, frames - frames / 2); /* with a hole, and later what is below it */
        for (unsigned step = 0; step < 600; step++) {
            size_t i = host_random(&random) % ARRAY_SIZE(grant);
            if (step == 100) {
                give(3, frames / 2 - 50);
            }
            if (grant[i].n > 0) {
                put(grant[i].first, grant[i].n);
                grant[i].n = 0;
            } else {
                size_t n = random_size(&random, frames);
                struct Page *page = m->alloc_pages(n);
                size_t first = page == NULL ? NO_FRAME : (size_t)(page - pages);
                assert_true(due_for(n, first));
                if (page != NULL) {
                    memset(is_free + first, false, m->grant(n));
                    grant[i].first = first;
                    grant[i].n = n;
                }
            }
        }
        check_all();
    }
}

static void
the_largest_block_is_the_largest_power_of_two_in_memory(void **state) {
    (void)state;
    start(0, 300);
    check_blocks();
    assert_int_equal(m->grant(1), 0);
    assert_int_equal(take(1), NO_FRAME);
    give(0, 300);
    assert_int_equal(m->grant(256), 256);
    assert_int_equal(m->grant(129), 256);
    assert_int_equal(m->grant(257), 0);
    assert_int_equal(m->grant(0), 0);
    assert_int_equal(m->grant(((size_t)1 << 63) + 1), 0);
    assert_int_equal(take(257), NO_FRAME);
    assert_int_equal(take(0), NO_FRAME);
    assert_int_equal(take(((size_t)1 << 63) + 1), NO_FRAME);
    assert_int_equal(take(256), 0);
    assert_int_equal(take(129), NO_FRAME);
    start_with(0x80000, 60); /* one level */
    assert_int_equal(take(33), NO_FRAME);
    check_all();
}

static void
what_is_no_grant_is_not_freed(void **state) {
    (void)state;
    start_with(0x80000, 256);
    assert_int_equal(take(6), 0);
    assert_int_equal(take(1), 8);
    expect_panic(put(9, 1), "P8: page 0x80009 does not start a grant for 1 pages");
    expect_panic(put(4, 5), "P8: page 0x80004");
    expect_panic(put(10, 2), "P8: page 0x8000a");
    expect_panic(put(0, 0), "P8");
    expect_panic(put(0, 257), "P8");
    expect_panic(put(0, SIZE_MAX), "P8");
    put(8, 1);
    put(0, 6);
    expect_panic(put(8, 1), "P8: page 0x80008"); /* in a word that is free as a whole */
    assert_int_equal(take(8), 0);
    assert_int_equal(take(8), 8);
    expect_panic(put(4, 8), "P8: page 0x80004 does not start a grant for 8 pages");
    put(0, 8);
    put(8, 8);
    assert_int_equal(take(256), 0);
    expect_panic(put(0, 257), "P8: page 0x80000 does not start a grant for 257 pages");
    put(0, 256);
    check_all();
    start_with(0, 64);
    assert_int_equal(take(2), 0);
    expect_panic(put(1, 2), "P8: page 0x1 does not start a grant for 2 pages");
}

static void
large_blocks_are_guarded_and_join_as_pages_do(void **state) {
    (void)state;
    start_with(0x80000, 8192);
    assert_int_equal(take(64), 0);
    assert_int_equal(take(33), 64);
    put(0, 64);
    expect_panic(put(0, 64), "P8: page 0x80000 does not start a grant for 64 pages");
    put(64, 33);
    check_all();
    assert_int_equal(take(8192), 0);
}

static void
metadata_is_about_a_quarter_of_a_byte_a_page(void **state) {
    (void)state;
    assert_true(m->metadata(1 << 20) <= (1 << 20) / 100 * 27);
    assert_true(m->metadata(1 << 24) <= (1 << 24) / 100 * 27);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_of_any_size_is_cut_into_the_largest_aligned_blocks),
    cmocka_unit_test(every_page_can_be_had_and_all_of_them_join_again),
    cmocka_unit_test(of_words_that_are_alike_the_last_to_become_so_is_taken),
    cmocka_unit_test(each_grant_comes_from_a_word_that_is_due),
    cmocka_unit_test(the_largest_block_is_the_largest_power_of_two_in_memory),
    cmocka_unit_test(what_is_no_grant_is_not_freed),
    cmocka_unit_test(large_blocks_are_guarded_and_join_as_pages_do),
    cmocka_unit_test(metadata_is_about_a_quarter_of_a_byte_a_page),
};

int
main(int argc, char **argv) {
    return host_test_main("bitmap_buddy", tests, ARRAY_SIZE(tests), argc, argv);
}
