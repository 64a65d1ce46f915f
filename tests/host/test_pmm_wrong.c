/* test_pmm_wrong.c - pmm.c under a policy that breaks its promises. */
#include "host_test.h"

#include "puppet.h"

static void
a_page_granted_twice_is_caught_at_the_grant(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    assert_ptr_equal(alloc_pages(4), &frames[10]);
    puppet.answer = &frames[8];
    expect_panic(alloc_pages(4), "P2: policy puppet granted page 0x8000a");
}

static void
a_grant_outside_of_pages_is_caught(void **state) {
    (void)state;
    static struct Page stranger;
    start_puppet();
    puppet.answer = &frames[NFRAMES - 1];
    expect_panic(alloc_pages(2), "outside pages[]");
    start_puppet();
    puppet.answer = &stranger;
    expect_panic(alloc_pages(1), "outside pages[]");
}

static size_t
grants_nothing(size_t n) {
    (void)n;
    return 0;
}

static size_t
grants_four(size_t n) {
    (void)n;
    return 4;
}

static void
a_grant_of_fewer_pages_than_asked_for_is_caught(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    expect_panic(alloc_pages(0), "P5: policy puppet granted 0 pages for a request of 0");
    start_puppet();
    puppet.answer = &frames[10];
    puppet_pmm_manager.grant = grants_four;
    expect_panic(alloc_pages(0), "P5: policy puppet granted 4 pages for a request of 0");
    start_puppet();
    puppet_pmm_manager.grant = grants_nothing;
    puppet.answer = &frames[NFRAMES];
    expect_panic(alloc_pages(5), "outside pages[]");
    start_puppet();
    puppet.answer = &frames[10];
    expect_panic(alloc_pages(5), "P5: policy puppet granted 0 pages for a request of 5");
    puppet_pmm_manager.grant = puppet_grant;
}

static void
a_file_that_takes_less_than_it_is_given_manages_that_much(void **state) {
    (void)state;
    struct zone_stat stat;
    start_dropin();
    puppet.refuses = 12;
    zone_init(words);
    zone_add_memory(frames + RESERVED, NFRAMES - RESERVED);
    zone_stat(&stat);
    assert_int_equal(stat.given, 60);
    assert_int_equal(stat.managed, 48);
}

static void
a_policy_of_ours_may_lose_no_page(void **state) {
    (void)state;
    start_puppet();
    puppet.refuses = 1;
    zone_init(words);
    expect_panic(zone_add_memory(frames + 8, 10), "P7: policy puppet was given 10 pages at 0x80008 "
                                                  "and counts 9");
}

static void
nobody_may_count_more_than_is_given(void **state) {
    (void)state;
    start_dropin();
    puppet.refuses = (size_t)-1;
    zone_init(words);
    expect_panic(zone_add_memory(frames, 10), "P7: policy dropin puppet was given 10 pages");
}

static void
a_reserved_page_that_is_granted_is_caught(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[RESERVED - 1];
    expect_panic(alloc_pages(2), "was never given them");
}

static void
a_granted_page_with_a_reference_is_caught(void **state) {
    (void)state;
    start_puppet();
    frames[12].ref = 1;
    puppet.answer = &frames[10];
    expect_panic(alloc_pages(4), "P3: policy puppet granted page 0x8000c with ref 1");
}

static void
what_a_policy_asks_for_from_within_goes_past_the_map_and_the_counts(void **state) {
    (void)state;
    struct zone_stat stat;
    start_puppet();
    puppet.answer = &frames[20];
    puppet.nested = 2;
    alloc_pages(1);
    zone_stat(&stat);
    assert_int_equal(stat.grants, 1);
    assert_int_equal(zone_grant_length(&frames[20]), 1);

    puppet.nested = 2;
    free_pages(&frames[20], 1);
    zone_stat(&stat);
    assert_int_equal(stat.frees, 1);
}

static void
a_check_that_loses_a_page_is_caught(void **state) {
    (void)state;
    start_puppet();
    expect_panic(zone_self_check(), "P4: the check of policy puppet");
}

#define expect_panic_text(statement, ...)                                                          \
    do {                                                                                           \
        char expected_text[256];                                                                   \
        snprintf(expected_text, sizeof(expected_text), __VA_ARGS__);                               \
        expect_panic(statement, "P");                                                              \
        assert_string_equal(panic_text, expected_text);                                            \
    } while (0)

static void
a_wrong_grant_is_told_with_policy_page_length_and_caller(void **state) {
    (void)state;
    struct Page *below = (struct Page *)((uintptr_t)frames - sizeof(struct Page));
    start_with_answer(&frames[62]);
    expect_panic_text(alloc_pages(3),
                      "P2: policy puppet granted 3 pages at %p, outside pages[], to ?",
                      (void *)&frames[62]);
    start_with_answer(below);
    expect_panic_text(alloc_pages(2),
                      "P2: policy puppet granted 2 pages at %p, outside pages[], to ?",
                      (void *)below);
    start_with_answer(frames + NFRAMES);
    expect_panic(alloc_pages(1), "outside pages[]");
    start_with_answer(frames + NFRAMES + 100);
    expect_panic(alloc_pages(1), "outside pages[]");
    start_with_answer(&frames[20]);
    alloc_pages(1);
    puppet.answer = &frames[18];
    expect_panic_text(alloc_pages(4),
                      "P2: policy puppet granted page 0x80014 to ?, but it is granted already");
    start_with_answer(&frames[2]);
    expect_panic_text(
        alloc_pages(5),
        "P2: policy puppet granted 5 pages at 0x80002 to ?, but was never given them");
    start_with_answer(&frames[20]);
    frames[23].ref = -2;
    expect_panic_text(alloc_pages(4), "P3: policy puppet granted page 0x80017 with ref -2 to ?");
    start_with_answer(&frames[20]);
    frames[20].ref = 1;
    expect_panic_text(alloc_pages(4), "P3: policy puppet granted page 0x80014 with ref 1 to ?");
}

static void
what_is_granted_beyond_the_request_must_be_free_and_managed_too(void **state) {
    (void)state;
    puppet_pmm_manager.grant = grants_eights;
    start_with_answer(&frames[58]);
    expect_panic(alloc_pages(3), "P2: policy puppet granted 8 pages at");
    start_with_answer(&frames[20]);
    alloc_pages(3);
    assert_int_equal(zone_page_state(&frames[23]), PAGE_SLACK);
    assert_int_equal(zone_page_state(&frames[27]), PAGE_SLACK);
    assert_int_equal(zone_page_state(&frames[28]), PAGE_IDLE);
    puppet.answer = &frames[15];
    expect_panic(alloc_pages(3), "granted page 0x80014 to ?, but");
    start_puppet();
    zone_init(words);
    zone_add_memory(&frames[8], 6);
    puppet.answer = &frames[8];
    expect_panic(alloc_pages(3), "granted 8 pages at 0x80008 to ?, but was never given them");
    puppet_pmm_manager.grant = puppet_grant;
}

static void
each_wrong_free_is_told_with_page_and_length(void **state) {
    (void)state;
    struct Page *below = (struct Page *)((uintptr_t)frames - sizeof(struct Page));
    start_with_answer(&frames[20]);
    alloc_pages(5);
    expect_panic_text(free_pages(below, 1), "P8: free of %p, no page at all, by ?", (void *)below);
    start_with_answer(&frames[20]);
    alloc_pages(5);
    expect_panic_text(free_page(&frames[3]), "P8: free of page 0x80003, which is reserved, by ?");
    start_with_answer(&frames[20]);
    alloc_pages(5);
    expect_panic_text(free_page(&frames[4]),
                      "P8: free of page 0x80004, which is free already (double free?), by ?");
    start_with_answer(&frames[20]);
    alloc_pages(5);
    expect_panic_text(free_page(&frames[24]),
                      "P8: free of page 0x80018, in the middle of a grant, by ?");
    start_with_answer(&frames[20]);
    alloc_pages(5);
    expect_panic_text(free_pages(&frames[20], 4),
                      "P8: free of 4 pages at page 0x80014, where 5 were granted, by ?");
    start_with_answer(&frames[20]);
    alloc_pages(5);
    frames[24].ref = 3;
    expect_panic_text(free_pages(&frames[20], 5),
                      "P3: free of page 0x80018, which still has ref 3, by ?");
    start_with_answer(&frames[20]);
    alloc_pages(5);
    frames[20].ref = 4;
    expect_panic_text(free_pages(&frames[20], 5),
                      "P3: free of page 0x80014, which still has ref 4, by ?");
}

static void
a_policy_without_a_check_has_nothing_to_check(void **state) {
    (void)state;
    start_puppet();
    puppet_pmm_manager.check = NULL;
    zone_self_check();
    assert_false(zone_self_checked());
    puppet_pmm_manager.check = puppet_check;
    expect_panic_text(zone_self_check(),
                      "P4: the check of policy puppet found 60 pages free and left 59");
}

static void
more_ranges_than_the_zone_holds_is_a_panic(void **state) {
    (void)state;
    start_puppet();
    zone_init(words);
    for (size_t i = 0; i < 64; i++) {
        zone_add_memory(&frames[i], 1);
    }
    assert_true(zone_manages(&frames[63], 1));
    assert_false(zone_manages(&frames[64], 1));
    expect_panic(zone_add_memory(frames, 1), "P7: more than 64 ranges");
}

static void
a_policy_that_gets_nothing_from_itself_has_no_overhead(void **state) {
    (void)state;
    struct zone_stat stat;
    start_puppet();
    puppet.nested = 2;
    assert_null(alloc_pages(1));
    zone_stat(&stat);
    assert_int_equal(stat.overhead, 0);
    assert_int_equal(puppet.counted, NFRAMES - RESERVED);
}

static void
a_page_below_pages_is_no_page_at_all(void **state) {
    (void)state;
    start_puppet();
    pages = frames + 8;
    puppet.answer = frames;
    expect_panic(alloc_pages(1), "outside pages[]");
    start_puppet();
    pages = frames + 8;
    expect_panic(free_pages(frames, 1), "no page at all");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_page_granted_twice_is_caught_at_the_grant),
    cmocka_unit_test(a_grant_outside_of_pages_is_caught),
    cmocka_unit_test(a_grant_of_fewer_pages_than_asked_for_is_caught),
    cmocka_unit_test(a_file_that_takes_less_than_it_is_given_manages_that_much),
    cmocka_unit_test(a_policy_of_ours_may_lose_no_page),
    cmocka_unit_test(nobody_may_count_more_than_is_given),
    cmocka_unit_test(a_reserved_page_that_is_granted_is_caught),
    cmocka_unit_test(a_granted_page_with_a_reference_is_caught),
    cmocka_unit_test(what_a_policy_asks_for_from_within_goes_past_the_map_and_the_counts),
    cmocka_unit_test(a_check_that_loses_a_page_is_caught),
    cmocka_unit_test(a_wrong_grant_is_told_with_policy_page_length_and_caller),
    cmocka_unit_test(what_is_granted_beyond_the_request_must_be_free_and_managed_too),
    cmocka_unit_test(each_wrong_free_is_told_with_page_and_length),
    cmocka_unit_test(a_policy_without_a_check_has_nothing_to_check),
    cmocka_unit_test(more_ranges_than_the_zone_holds_is_a_panic),
    cmocka_unit_test(a_policy_that_gets_nothing_from_itself_has_no_overhead),
    cmocka_unit_test(a_page_below_pages_is_no_page_at_all),
};

int
main(int argc, char **argv) {
    return host_test_main("pmm_wrong", tests, ARRAY_SIZE(tests), argc, argv);
}
