/* test_zone.c - pmm.c under a policy whose every answer is the test's: maps, counts, locks. */
#include "host_test.h"

#include "puppet.h"

/* Only pages that were asked for must have ref 0, and only n of them are looked at. */
static void
a_grant_ends_where_it_was_asked_to(void **state) {
    (void)state;
    start_with_answer(&frames[60]);
    assert_ptr_equal(alloc_pages(4), &frames[60]);
    assert_int_equal(zone_grant_length(&frames[60]), 4);
    start_with_answer(&frames[20]);
    frames[24].ref = 1;
    assert_ptr_equal(alloc_pages(4), &frames[20]);
    assert_int_equal(zone_grant_length(&frames[20]), 4);
    assert_int_equal(zone_grant_length(&frames[21]), 0);
    assert_int_equal(zone_page_state(&frames[19]), PAGE_IDLE);
    assert_int_equal(zone_page_state(&frames[24]), PAGE_IDLE);
}

/* Grants side by side, the last one up to the map's end: each keeps its own length. */
static void
grants_side_by_side_do_not_run_together(void **state) {
    (void)state;
    static const size_t length[] = {3, 1, 7, 13};
    size_t at = NFRAMES - 24;
    start_puppet();
    for (size_t i = 0; i < ARRAY_SIZE(length); i++) {
        puppet.answer = &frames[at];
        alloc_pages(length[i]);
        at += length[i];
    }
    assert_int_equal(at, NFRAMES);
    for (size_t i = ARRAY_SIZE(length); i-- > 0;) {
        at -= length[i];
        assert_int_equal(zone_grant_length(&frames[at]), length[i]);
        free_pages(&frames[at], length[i]);
        assert_int_equal(zone_grant_length(&frames[at]), 0);
        assert_int_equal(zone_idle_run(&frames[at], SIZE_MAX), NFRAMES - at);
    }
}

static size_t
keeps_seven(void) {
    return 7;
}

static void
memory_is_managed_within_one_range(void **state) {
    (void)state;
    puppet_pmm_manager.overhead = keeps_seven; /* all along: no range adds to it */
    start_puppet();
    zone_init(words);
    zone_add_memory(&frames[40], 8);
    zone_add_memory(&frames[10], 5);
    zone_add_memory(&frames[15], 1);
    puppet_pmm_manager.overhead = NULL;
    static const struct {
        size_t i, n;
        bool managed;
    } cases[] = {{40, 8, true},  {40, 9, false}, {39, 1, false}, {47, 1, true}, {47, 2, false},
                 {48, 1, false}, {10, 5, true},  {10, 6, false}, {9, 1, false}, {14, 1, true},
                 {15, 1, true},  {15, 2, false}, {16, 1, false}, {43, 5, true}, {43, 6, false},
                 {12, 3, true},  {12, 4, false}, {0, 1, false},  {63, 1, false}};
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        assert_int_equal(zone_manages(&frames[cases[k].i], cases[k].n), cases[k].managed);
    }
    struct zone_stat stat;
    zone_stat(&stat);
    assert_int_equal(stat.managed, 14);
}

static void
every_count_is_the_one_of_its_name(void **state) {
    (void)state;
    struct zone_stat stat;
    puppet_pmm_manager.grant = grants_eights;
    start_with_answer(&frames[8]);
    alloc_pages(3);
    puppet.answer = &frames[16];
    alloc_pages(9);
    puppet.answer = &frames[40];
    alloc_pages(8);
    puppet.answer = NULL;
    assert_null(alloc_pages(4));
    free_pages(&frames[16], 9);
    free_pages(&frames[40], 8);
    puppet.nr_free = 52;
    puppet_pmm_manager.overhead = keeps_seven;
    puppet.answer = &frames[48];
    alloc_pages(1);
    free_pages(&frames[48], 1);
    zone_stat(&stat);
    puppet_pmm_manager.overhead = NULL;
    puppet_pmm_manager.grant = puppet_grant;
    static const struct zone_stat expected = {.given = 60,
                                              .managed = 60,
                                              .free = 52,
                                              .overhead = 7,
                                              .requested = 3,
                                              .granted = 8,
                                              .peak = 32,
                                              .grants = 4,
                                              .refused = 1,
                                              .frees = 3};
    assert_memory_equal(&stat, &expected, sizeof(stat));
    zone_init(words);
    zone_stat(&stat);
    assert_int_equal(stat.managed + stat.requested + stat.granted + stat.peak, 0);
    assert_int_equal(stat.grants + stat.refused + stat.frees, 0);
}

/* One map behind the other: an audit does not touch the grants. */
static void
the_map_for_audits_is_apart_from_the_map_of_grants(void **state) {
    (void)state;
    start_with_answer(&frames[20]);
    alloc_pages(5);
    size_t end = 2 * page_map_bytes(NFRAMES) / sizeof(words[0]);
    words[end] = UINT64_MAX;
    struct page_map *map = zone_blank_map();
    assert_int_equal(map->n, NFRAMES);
    assert_ptr_equal(map->states, words + end / 2);
    assert_int_equal(page_map_run(map, 0, NFRAMES, PAGE_IDLE), NFRAMES);
    page_map_set(map, 0, NFRAMES, PAGE_START);
    assert_int_equal(words[end], UINT64_MAX);
    assert_int_equal(zone_page_state(&frames[19]), PAGE_IDLE);
    assert_int_equal(zone_grant_length(&frames[20]), 5);
    assert_int_equal(page_map_run(zone_blank_map(), 0, NFRAMES, PAGE_IDLE), NFRAMES);
}

static void
a_run_is_cut_off_where_the_caller_says(void **state) {
    (void)state;
    start_puppet();
    assert_int_equal(zone_idle_run(&frames[10], 2), 2);
    assert_int_equal(zone_idle_run(&frames[10], NFRAMES), NFRAMES - 10);
}

/* Page numbers, lengths and the map's indices are not mixed up when they are near each other. */
static void
memory_may_begin_at_page_0(void **state) {
    (void)state;
    puppet_pmm_manager.grant = grants_eights;
    start_with_answer(&frames[5]);
    nbase = 0;
    npage = NFRAMES;
    va_pa_offset = 0;
    alloc_pages(30);
    assert_int_equal(zone_grant_length(&frames[5]), 30);
    free_pages(&frames[5], 30);
    assert_int_equal(zone_idle_run(frames, NFRAMES), NFRAMES);
    puppet.answer = &frames[4];
    alloc_pages(1);
    assert_int_equal(zone_idle_run(&frames[4], NFRAMES), 0);
    free_pages(&frames[4], 1);
    assert_int_equal(zone_idle_run(frames, NFRAMES), NFRAMES);
    puppet_pmm_manager.grant = puppet_grant;
    va_pa_offset = LINEAR_BASE;
}

static void
the_page_behind_a_grant_may_be_in_use(void **state) {
    (void)state;
    start_with_answer(&frames[20]);
    alloc_pages(5);
    frames[25].ref = 1;
    free_pages(&frames[20], 5);
    assert_int_equal(zone_idle_run(&frames[20], 5), 5);
}

/* The map of audits lies right behind that of grants: a free up to the end leaves it alone. */
static void
a_free_up_to_the_end_of_the_map_ends_there(void **state) {
    (void)state;
    static const size_t lengths[] = {1, 2, 20, 40};
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        size_t n = lengths[i];
        start_with_answer(&frames[NFRAMES - n]);
        alloc_pages(n);
        struct page_map *map = zone_blank_map();
        page_map_set(map, 0, NFRAMES, PAGE_LIVE);
        free_pages(&frames[NFRAMES - n], n);
        assert_int_equal(page_map_run(map, 0, NFRAMES, PAGE_LIVE), NFRAMES);
    }
}

static void
slack_cannot_be_freed_by_itself(void **state) {
    (void)state;
    puppet_pmm_manager.grant = grants_eights;
    puppet_pmm_manager.caps = PMM_SUBRANGE;
    start_with_answer(&frames[20]);
    alloc_pages(4);
    expect_panic(free_page(&frames[24]), "P8: free of page 0x80018, in the middle of a grant");
    puppet_pmm_manager.grant = puppet_grant;
    puppet_pmm_manager.caps = 0;
}

static void
calls_from_within_reach_the_policy_as_they_are(void **state) {
    (void)state;
    struct zone_stat stat;
    start_with_answer(&frames[20]);
    puppet.nested = 2;
    assert_ptr_equal(alloc_pages(5), &frames[20]);
    assert_int_equal(puppet.allocs, 2);
    assert_int_equal(puppet.asked[0], 5);
    assert_int_equal(puppet.asked[1], 2);
    assert_int_equal(puppet.counted, NFRAMES - RESERVED);
    assert_ptr_equal(puppet.nested_page, &frames[20]);

    puppet.nested_page = &frames[40];
    puppet.nested = 1;
    free_pages(&frames[20], 5);
    assert_int_equal(puppet.frees, 2);
    assert_ptr_equal(puppet.freed[0], &frames[20]);
    assert_int_equal(puppet.freed_n[0], 5);
    assert_ptr_equal(puppet.freed[1], &frames[40]);
    assert_int_equal(puppet.freed_n[1], 1);
    zone_stat(&stat);
    assert_int_equal(stat.grants + stat.frees, 2);
}

static void
a_refusal_from_within_is_not_counted(void **state) {
    (void)state;
    struct zone_stat stat;
    start_puppet();
    puppet.nested = 2;
    assert_null(alloc_pages(5));
    assert_null(puppet.nested_page);
    zone_stat(&stat);
    assert_int_equal(stat.refused, 1);
}

static void
raw_calls_reach_the_policy_as_they_are(void **state) {
    (void)state;
    start_with_answer(&frames[20]);
    zone_raw(true);
    assert_ptr_equal(alloc_pages(3), &frames[20]);
    free_pages(&frames[40], 7);
    zone_raw(false);
    assert_int_equal(puppet.asked[0], 3);
    assert_ptr_equal(puppet.freed[0], &frames[40]);
    assert_int_equal(puppet.freed_n[0], 7);
    assert_int_equal(puppet.allocs + puppet.frees, 2);
}

/* Raw mode holds the lock from beginning to end, and gives interrupts back as it found them. */
static void
the_count_is_asked_for_under_the_lock_in_raw_mode_too(void **state) {
    (void)state;
    start_puppet();
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
    assert_false(puppet.interrupted);
    assert_true(host_intr_on);
    zone_raw(true);
    puppet.interrupted = true;
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
    assert_false(puppet.interrupted);
    assert_false(host_intr_on);
    zone_raw(false);
    assert_true(host_intr_on);
    zone_stat(&(struct zone_stat){0});
    assert_false(puppet.interrupted);
    assert_true(host_intr_on);
}

static bool check_saw_interrupts, check_was_raw;

static void
looks_around(void) {
    check_saw_interrupts = host_intr_on;
    puppet.answer = &frames[20];
    alloc_pages(1);
    check_was_raw = zone_idle_run(&frames[20], 1) == 1;
}

static void
a_check_runs_raw_and_without_interrupts(void **state) {
    (void)state;
    puppet_pmm_manager.check = looks_around;
    for (int on = 0; on < 2; on++) {
        start_puppet();
        check_saw_interrupts = true;
        check_was_raw = false;
        host_intr_on = on != 0;
        assert_false(zone_self_checked());
        zone_self_check();
        assert_true(zone_self_checked());
        assert_int_equal(host_intr_on, on);
        assert_false(check_saw_interrupts);
        assert_true(check_was_raw);
        alloc_pages(1); /* booked again */
        assert_int_equal(zone_grant_length(&frames[20]), 1);
    }
    puppet_pmm_manager.check = puppet_check;
}

static void
a_file_from_outside_is_found_by_a_name_that_is_not_its_own(void **state) {
    (void)state;
    assert_ptr_equal(pmm_find("dropin"), &dropin_pmm_manager);
    assert_null(pmm_find("dropin puppet"));
    pmm_init("dropin");
    assert_ptr_equal(pmm_manager, &dropin_pmm_manager);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_grant_ends_where_it_was_asked_to),
    cmocka_unit_test(grants_side_by_side_do_not_run_together),
    cmocka_unit_test(memory_is_managed_within_one_range),
    cmocka_unit_test(every_count_is_the_one_of_its_name),
    cmocka_unit_test(the_map_for_audits_is_apart_from_the_map_of_grants),
    cmocka_unit_test(a_run_is_cut_off_where_the_caller_says),
    cmocka_unit_test(memory_may_begin_at_page_0),
    cmocka_unit_test(the_page_behind_a_grant_may_be_in_use),
    cmocka_unit_test(a_free_up_to_the_end_of_the_map_ends_there),
    cmocka_unit_test(slack_cannot_be_freed_by_itself),
    cmocka_unit_test(calls_from_within_reach_the_policy_as_they_are),
    cmocka_unit_test(a_refusal_from_within_is_not_counted),
    cmocka_unit_test(raw_calls_reach_the_policy_as_they_are),
    cmocka_unit_test(the_count_is_asked_for_under_the_lock_in_raw_mode_too),
    cmocka_unit_test(a_check_runs_raw_and_without_interrupts),
    cmocka_unit_test(a_file_from_outside_is_found_by_a_name_that_is_not_its_own),
};

int
main(int argc, char **argv) {
    return host_test_main("zone", tests, ARRAY_SIZE(tests), argc, argv);
}
