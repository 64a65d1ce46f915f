/* test_bitmap_exact.c - what is special to bitmap_exact: runs in words, and which is taken. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "host_test.h"

#include "bitmap_env.h"

static const struct pmm_manager *const m = &bitmap_exact_pmm_manager;

/* Is the unit of so many pages all free? Beyond memory nothing is. */
static bool
unit_free(size_t i, size_t unit) {
    if (i * unit + unit > npage - nbase) {
        return false;
    }
    for (size_t page = i * unit; page < i * unit + unit; page++) {
        if (!is_free[page]) {
            return false;
        }
    }
    return true;
}

/* A request for `units` of so many pages, as they are in one word. */
struct request {
    size_t units, unit;
};

static struct request
request_for(size_t n) {
    struct request r = {n, 1};
    while (r.units > 64) {
        r.units = (r.units + 63) / 64;
        r.unit *= 64;
    }
    return r;
}

/* Of word w: the longest run of free units, and where the first that is enough begins. */
struct place {
    size_t longest, first;
};

static struct place
place_in(size_t w, struct request r) {
    struct place p = {0, NO_FRAME};
    for (size_t i = 64 * w, run = 0; i < 64 * w + 64; i++) {
        run = unit_free(i, r.unit) ? run + 1 : 0;
        p.longest = run > p.longest ? run : p.longest;
        if (run == r.units && p.first == NO_FRAME) {
            p.first = (i + 1 - r.units) * r.unit;
        }
    }
    return p;
}

static bool due[MOST_FRAMES];

/*
 * Say where it may be taken: in words with the shortest longest run that is enough, or at the
 * beginning of a larger unit that may be taken. A word that is all free is one. False: nowhere.
 */
static bool
find_due(struct request r) {
    static struct place place[MOST_FRAMES / 64 + 1];
    size_t word = 64 * r.unit, words = (npage - nbase + word - 1) / word, shortest = SIZE_MAX;
    for (size_t w = 0; w < words; w++) {
        place[w] = place_in(w, r);
        if (place[w].longest == 64 && words > 1) {
            place[w].first = NO_FRAME;
        }
        if (place[w].first != NO_FRAME && place[w].longest < shortest) {
            shortest = place[w].longest;
        }
    }
    for (size_t w = 0; w < words && shortest != SIZE_MAX; w++) {
        if (place[w].first != NO_FRAME && place[w].longest == shortest) {
            due[place[w].first] = true;
        }
    }
    return shortest != SIZE_MAX || (words > 1 && find_due((struct request){1, word}));
}

/* Take n pages, n <= memory, where they are due. */
static size_t
take_as_due(size_t n) {
    memset(due, 0, sizeof(due));
    bool any = find_due(request_for(n));
    size_t first = take(n);
    assert_int_equal(first != NO_FRAME, any);
    assert_true(!any || due[first]);
    return first;
}

static const size_t sizes[] = {1,    2,    63,   64,      65,     127,    128,   129,
                               4095, 4096, 4097, 64 * 65, 262143, 262144, 262145};

static void
all_of_any_memory_can_be_had_page_by_page_and_joins_again(void **state) {
    (void)state;
    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        size_t frames = sizes[s];
        start_with(0x80003, frames);
        check_blocks();
        size_t first = take_as_due(frames);
        if (first != NO_FRAME) {
            put(first, frames);
        }
        for (size_t i = 0; i < frames; i++) {
            assert_true(take(1) != NO_FRAME);
        }
        assert_int_equal(take(1), NO_FRAME);
        for (size_t i = 0; i < frames; i++) {
            put(i * 1009 % frames, 1); /* 1009 is a prime: each page once */
        }
        check_blocks();
        assert_int_equal(take_as_due(frames), first);
    }
}

static void
a_word_with_the_shortest_run_that_is_enough_is_used_up_first(void **state) {
    (void)state;
    start_with(0x80000, 64 * 64);
    while (m->nr_free_pages() > 0) {
        take(64);
    }
    put(10, 7);       /* word 0: 7 */
    put(64 + 5, 3);   /* word 1: 3, and 5 */
    put(64 + 20, 5);  /**/
    put(128 + 60, 4); /* word 2: 4, and 6 beyond its end, in word 3 */
    put(192, 6);
    put(64 * 50, 64); /* a word of its own */
    assert_int_equal(take(4), 128 + 60);
    assert_int_equal(take(4), 64 + 20);
    assert_int_equal(take(3), 64 + 5); /* of word 1, now 3 and 1 */
    assert_int_equal(take(6), 192);
    assert_int_equal(take(8), 64 * 50);
    assert_int_equal(take(1), 64 + 24);
    assert_int_equal(take(1), 10);
    check_blocks();
}

static void
of_words_that_are_alike_the_last_one_to_become_so_is_used_first(void **state) {
    (void)state;
    start_with(0x80000, 64 * 64);
    while (m->nr_free_pages() > 0) {
        take(64);
    }
    put(64 * 7 + 9, 3);
    put(64 * 9 + 2, 3);
    put(64 * 8 + 5, 3);
    put(64 * 9 + 20, 1);
    put(64 * 7 + 12, 1); /* now it has 4 */
    put(64 * 9 + 30, 3); /* as long as it had */
    assert_int_equal(take(4), 64 * 7 + 9);
    assert_int_equal(take(3), 64 * 8 + 5);
    assert_int_equal(take(2), 64 * 9 + 2);
    assert_int_equal(take(1), 64 * 9 + 4);
    assert_int_equal(take(1), 64 * 9 + 20);
    assert_int_equal(take(3), 64 * 9 + 30);
    assert_int_equal(take(1), NO_FRAME);
}

/* Sizes mostly small, at most a quarter of memory. */
static size_t
random_size(uint64_t *random, size_t frames) {
    unsigned orders = 0;
    while (frames >> orders > 4) {
        orders++;
    }
    return 1 + host_random(random) % ((size_t)1 << host_random(random) % (orders + 1));
}

struct grant {
    size_t first, n;
};

/* Allocate where it is due, or give back all or a part of a grant. */
static void
random_call(struct grant *g, uint64_t *random) {
    if (g->n == 0) {
        size_t n = random_size(random, npage - nbase), first = take_as_due(n);
        *g = (struct grant){first, first == NO_FRAME ? 0 : n};
        return;
    }
    size_t part = host_random(random) % 3 == 0 ? 1 + host_random(random) % g->n : g->n;
    put(g->first, part);
    *g = (struct grant){g->first + part, g->n - part};
}

static void
each_grant_is_where_the_rule_wants_it(void **state) {
    (void)state;
    static const size_t frames[] = {50, 500, 4200, 9000};
    uint64_t random = 3;
    for (size_t s = 0; s < ARRAY_SIZE(frames); s++) {
        struct grant grants[60] = {{0, 0}};
        size_t half = frames[s] / 2;
        start(0x80001, frames[s]);
        give(half, frames[s] - half); /* with a hole, and later what is below it */
        for (unsigned step = 0; step < 1000; step++) {
            if (step == 100) {
                give(3, half - 6);
            }
            random_call(&grants[host_random(&random) % ARRAY_SIZE(grants)], &random);
        }
        check_blocks();
    }
}

static void
what_goes_beyond_the_request_is_given_back(void **state) {
    (void)state;
    static const size_t lengths[] = {65, 100, 127, 129, 4000, 4097, 5000, 8191, 12289, 100000};
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        start_with(0x80000, 262144);
        assert_int_equal(m->grant(lengths[i]), lengths[i]);
        assert_int_equal(take(lengths[i]), 0);
        check_blocks();
        put(0, lengths[i]);
        check_blocks();
        assert_int_equal(take(262144), 0);
    }
}

static void
more_than_there_is_in_a_row_is_refused(void **state) {
    (void)state;
    start(0x80000, 200);
    check_blocks();
    assert_int_equal(take(1), NO_FRAME);
    give(0, 200);
    assert_int_equal(take(0), NO_FRAME);
    assert_int_equal(take(201), NO_FRAME);
    assert_int_equal(take(SIZE_MAX), NO_FRAME);
    assert_int_equal(take(193), NO_FRAME); /* four words, the last of which is not full */
    assert_int_equal(take(192), 0);
    assert_int_equal(take(9), NO_FRAME);
    assert_int_equal(take(8), 192);
}

static void
what_is_free_is_not_freed(void **state) {
    (void)state;
    start_with(0x80000, 64 * 64 * 3);
    assert_int_equal(take(3), 0);
    expect_panic(put(3, 1), "P8: of 1 pages that are freed some are free");
    expect_panic(put(0, 4), "P8: of 4");
    expect_panic(put(64, 1), "P8: of 1");          /* in a word that is free */
    expect_panic(put(64 * 64 + 5, 2), "P8: of 2"); /* in a word of words that is free */
    expect_panic(put(64 * 64, 64), "P8: of 64");
    expect_panic(put(64, 128), "P8: of 2"); /* two words */
    expect_panic(put(0, 0), "P8: 0 pages from page 0x80000 on are not in memory");
    put(0, 3);
    expect_panic(put(0, 1), "P8: of 1");
    assert_int_equal(take(65 * 64), 0); /* the rest of 2 units of 64 words begins with a word */
    expect_panic(put(65 * 64 + 5, 1), "P8: of 1");
}

static void
what_is_not_in_memory_is_not_freed(void **state) {
    (void)state;
    start_with(0x80000, 200);
    while (take(1) != NO_FRAME) {
    }
    expect_panic(put(199, 2), "P8: 2 pages from page 0x800c7 on are not in memory");
    expect_panic(put(0, 201), "P8: 201 pages from page 0x80000 on");
    expect_panic(put(100, SIZE_MAX), "are not in memory");
    put(199, 1);
    put(0, 199);
    check_blocks();
}

static void
metadata_is_about_a_quarter_of_a_byte_a_page(void **state) {
    (void)state;
    assert_true(m->metadata(1 << 20) <= (1 << 20) / 100 * 28);
    assert_true(m->metadata(1 << 24) <= (1 << 24) / 100 * 28);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_of_any_memory_can_be_had_page_by_page_and_joins_again),
    cmocka_unit_test(a_word_with_the_shortest_run_that_is_enough_is_used_up_first),
    cmocka_unit_test(of_words_that_are_alike_the_last_one_to_become_so_is_used_first),
    cmocka_unit_test(each_grant_is_where_the_rule_wants_it),
    cmocka_unit_test(what_goes_beyond_the_request_is_given_back),
    cmocka_unit_test(more_than_there_is_in_a_row_is_refused),
    cmocka_unit_test(what_is_free_is_not_freed),
    cmocka_unit_test(what_is_not_in_memory_is_not_freed),
    cmocka_unit_test(metadata_is_about_a_quarter_of_a_byte_a_page),
};

int
main(int argc, char **argv) {
    return host_test_main("bitmap_exact", tests, ARRAY_SIZE(tests), argc, argv);
}
