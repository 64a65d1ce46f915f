/* test_worst_fit.c - what is special to worst-fit: the largest block, the lowest of equals. */
#include "host_test.h"

#include "fit_env.h"

static const struct pmm_manager *const m = &worst_fit_pmm_manager;

/* Free blocks of 4, 12, 12 and 8 pages, with a granted page behind each. */
static void
start_with_blocks(void) {
    static const size_t length[] = {4, 12, 12, 8, NFRAMES - 40};
    start();
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_SIZE(length); i++) {
        assert_int_equal(take(length[i]), at);
        at += length[i];
        if (i < 4) {
            assert_int_equal(take(1), at++);
        }
    }
    give(0, 4);
    give(5, 12);
    give(18, 12);
    give(31, 8);
}

static void
the_largest_block_is_taken_although_a_smaller_one_fits(void **state) {
    (void)state;
    start_with_blocks();
    give(4, 1); /* 0..17 is one block of 17 */
    assert_int_equal(take(4), 0);
    assert_int_equal(take(4), 4);
}

static void
of_equal_blocks_the_lowest_is_taken(void **state) {
    (void)state;
    start_with_blocks();
    assert_int_equal(take(1), 5);
    assert_int_equal(take(1), 18);
    assert_int_equal(take(1), 6);
}

static void
the_highest_block_is_no_exception(void **state) {
    (void)state;
    start();
    assert_int_equal(take(8), 0);
    assert_int_equal(take(48), 8);
    give(0, 8);
    assert_int_equal(take(1), 0);
    assert_int_equal(take(1), 56);
}

static void
what_the_largest_block_does_not_hold_is_refused(void **state) {
    (void)state;
    start_with_blocks();
    assert_null(m->alloc_pages(13));
    assert_int_equal(m->nr_free_pages(), 36);
    assert_int_equal(take(12), 5);
    assert_int_equal(take(12), 18);
    assert_null(m->alloc_pages(9));
    assert_int_equal(take(8), 31);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_largest_block_is_taken_although_a_smaller_one_fits),
    cmocka_unit_test(of_equal_blocks_the_lowest_is_taken),
    cmocka_unit_test(the_highest_block_is_no_exception),
    cmocka_unit_test(what_the_largest_block_does_not_hold_is_refused),
};

int
main(int argc, char **argv) {
    return host_test_main("worst_fit", tests, ARRAY_SIZE(tests), argc, argv);
}
