/* test_next_fit.c - what is special to next-fit: the place where the search goes on. */
#include "host_test.h"

#include "fit_env.h"

static const struct pmm_manager *const m = &next_fit_pmm_manager;

/* 16 grants of 4 pages, of which the numbers in `freed` (first frames) are given back. */
static void
fill_and_free(const size_t *freed, size_t n) {
    start();
    for (size_t i = 0; i < NFRAMES; i += 4) {
        assert_int_equal(take(4), i);
    }
    for (size_t i = 0; i < n; i++) {
        give(freed[i], 4);
    }
}

static void
the_first_search_begins_at_the_lowest_page(void **state) {
    (void)state;
    start();
    assert_int_equal(take(3), 0);
}

static void
the_search_goes_on_behind_the_last_grant(void **state) {
    (void)state;
    start();
    take(8);
    take(8);
    give(0, 8);
    assert_int_equal(take(2), 16);
    assert_int_equal(take(2), 18);
}

static void
the_search_goes_round_from_the_top_to_the_lowest_block(void **state) {
    (void)state;
    fill_and_free((const size_t[]){8, 24}, 2);
    assert_int_equal(take(2), 8);
    assert_int_equal(take(3), 24);
    assert_int_equal(take(2), 10);
}

static void
blocks_too_small_are_passed_over_and_reached_later(void **state) {
    (void)state;
    fill_and_free((const size_t[]){8, 24, 28, 40}, 4);
    assert_int_equal(take(8), 24);
    assert_int_equal(take(4), 40);
    assert_int_equal(take(4), 8);
}

static void
a_block_used_up_leads_on_to_the_next_above_it(void **state) {
    (void)state;
    fill_and_free((const size_t[]){8, 24, 40}, 3);
    assert_int_equal(take(4), 8);
    assert_int_equal(take(4), 24);
    give(8, 4);
    assert_int_equal(take(1), 40);
}

/* The block that the search would begin with is joined to the one below it. */
static void
a_merge_over_the_place_makes_the_joined_block_the_first(void **state) {
    (void)state;
    fill_and_free((const size_t[]){0, 24, 28, 48}, 4);
    assert_int_equal(take(4), 0);
    assert_int_equal(take(3), 24);
    give(24, 3); /* 24..32 is one block again, and reaches beyond 27 */
    assert_int_equal(take(1), 24);
}

static void
a_block_that_ends_at_the_place_is_not_the_first(void **state) {
    (void)state;
    fill_and_free((const size_t[]){24, 48}, 2);
    assert_int_equal(take(4), 24);
    give(24, 4);
    assert_int_equal(take(4), 48);
}

static void
a_part_freed_below_the_place_comes_last(void **state) {
    (void)state;
    fill_and_free((const size_t[]){24, 28, 48}, 3);
    assert_int_equal(take(6), 24);
    give(25, 2);
    assert_int_equal(take(2), 30);
    assert_int_equal(take(2), 48);
    assert_int_equal(take(2), 50);
    assert_int_equal(take(2), 25);
}

static void
a_refusal_leaves_the_place_as_it_is(void **state) {
    (void)state;
    fill_and_free((const size_t[]){8, 24, 40}, 3);
    assert_int_equal(take(4), 8);
    give(8, 4);
    assert_null(m->alloc_pages(5));
    assert_null(m->alloc_pages(0));
    assert_null(m->alloc_pages(NFRAMES + 1));
    assert_int_equal(take(1), 24);
}

static void
init_puts_the_place_back(void **state) {
    (void)state;
    start();
    take(20);
    reserve_all();
    m->init();
    m->init_memmap(frames, 8);
    m->init_memmap(&frames[16], 8);
    assert_int_equal(take(1), 0);
}

/* No place is below page 0, and no block ends below it. */
static void
page_0_alone_is_found_at_first_and_on_the_way_round(void **state) {
    (void)state;
    nbase = 0;
    npage = NFRAMES;
    reserve_all();
    m->init();
    m->init_memmap(frames, 1);
    m->init_memmap(&frames[8], 2);
    assert_int_equal(take(1), 0);
    assert_int_equal(take(2), 8);
    give(0, 1);
    assert_int_equal(take(1), 0);
    nbase = NBASE;
    npage = NBASE + NFRAMES;
}

static void
the_checks_leave_the_place_as_it_is(void **state) {
    (void)state;
    fill_and_free((const size_t[]){8, 24, 40}, 3);
    assert_int_equal(take(1), 8);
    m->check();
    assert_int_equal(take(1), 9);
    m->basic_check();
    assert_int_equal(take(1), 10);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_search_begins_at_the_lowest_page),
    cmocka_unit_test(the_search_goes_on_behind_the_last_grant),
    cmocka_unit_test(the_search_goes_round_from_the_top_to_the_lowest_block),
    cmocka_unit_test(blocks_too_small_are_passed_over_and_reached_later),
    cmocka_unit_test(a_block_used_up_leads_on_to_the_next_above_it),
    cmocka_unit_test(a_merge_over_the_place_makes_the_joined_block_the_first),
    cmocka_unit_test(a_block_that_ends_at_the_place_is_not_the_first),
    cmocka_unit_test(a_part_freed_below_the_place_comes_last),
    cmocka_unit_test(a_refusal_leaves_the_place_as_it_is),
    cmocka_unit_test(init_puts_the_place_back),
    cmocka_unit_test(page_0_alone_is_found_at_first_and_on_the_way_round),
    cmocka_unit_test(the_checks_leave_the_place_as_it_is),
};

int
main(int argc, char **argv) {
    return host_test_main("next_fit", tests, ARRAY_SIZE(tests), argc, argv);
}
