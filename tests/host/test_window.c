/*
 * test_window.c - the quick way through pmm.c, of single pages near others that were granted.
 *
 * Each guard must bite there as it does elsewhere.
 */
#include "host_test.h"

#include "facade.h"
#include "puppet.h"

/* Open the chunk of that frame, by a page that comes and goes. */
static void
open_chunk_of(size_t i) {
    puppet.answer = &frames[i];
    free_page(alloc_page());
}

/* Frames [16, 48) are two chunks, which are open. */
static void
start_window(struct Page *answer) {
    puppet_pmm_manager.caps = 0;
    start_puppet();
    open_chunk_of(20);
    open_chunk_of(40);
    puppet.answer = answer;
}

static void
assert_window(size_t first, size_t end) {
    for (size_t i = 0; i < NFRAMES; i++) {
        bool quick = i >= first && i < end;
        assert_int_equal(book_one(&frames[i]), quick);
        assert_int_equal(zone_page_state(&frames[i]), quick ? PAGE_ALONE : PAGE_IDLE);
        assert_int_equal(unbook_one(&frames[i]), quick);
        assert_int_equal(zone_page_state(&frames[i]), PAGE_IDLE);
    }
}

static void
the_window_is_what_was_opened_side_by_side_in_a_range(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[31];
    free_pages(alloc_pages(2), 2);
    assert_window(0, 0); /* no page came alone */
    open_chunk_of(20);
    assert_window(16, 48);
    open_chunk_of(RESERVED);
    assert_window(RESERVED, 48);
    open_chunk_of(NFRAMES - 1);
    assert_window(RESERVED, NFRAMES);
}

/* Only of a page that was granted alone is it known at a glance that nothing follows. */
static void
what_was_granted_as_one_page_goes_quickly_and_what_is_left_of_more_does_not(void **state) {
    (void)state;
    start_window(&frames[20]);
    puppet_pmm_manager.caps = PMM_SUBRANGE;
    alloc_pages(2);
    free_page(&frames[21]);
    assert_false(unbook_one(&frames[20]));
    free_page(&frames[20]);
    puppet.answer = &frames[20];
    alloc_page();
    assert_true(unbook_one(&frames[20]));
    puppet_pmm_manager.caps = 0;
}

static void
the_widest_window_stays(void **state) {
    (void)state;
    start_puppet();
    open_chunk_of(60);
    open_chunk_of(20);
    assert_window(48, 64); /* the first of two as wide */
    start_puppet();
    open_chunk_of(60);
    assert_window(48, 64);
    open_chunk_of(40);
    assert_window(32, 64);
    open_chunk_of(8);
    assert_window(32, 64);
    open_chunk_of(16);
    assert_window(RESERVED, 64);
}

static void
a_page_that_comes_alone_makes_the_window_before_it_goes(void **state) {
    (void)state;
    start_with_answer(&frames[20]);
    alloc_page();
    assert_true(book_one(&frames[21]));
    assert_false(book_one(&frames[20]));
}

static void
the_window_is_of_the_range_that_a_page_was_of(void **state) {
    (void)state;
    start_puppet();
    zone_init(words);
    zone_add_memory(&frames[18], 6);
    zone_add_memory(&frames[24], 22);
    open_chunk_of(20);
    assert_window(18, 24);
    open_chunk_of(30);
    assert_window(24, 32);
    open_chunk_of(40);
    assert_window(24, 46);
    puppet.answer = &frames[20];
    alloc_pages(2);
    free_pages(&frames[20], 2);
    assert_window(24, 46);
    alloc_page();
    free_page(&frames[20]);
    assert_window(18, 24);
    alloc_page();
    puppet.answer = &frames[40];
    alloc_page();
    free_page(&frames[20]);
    assert_true(book_one(&frames[21]));
}

static void
a_window_may_begin_with_the_first_frame_of_all(void **state) {
    (void)state;
    start_puppet();
    zone_init(words);
    zone_add_memory(frames, NFRAMES);
    open_chunk_of(20);
    open_chunk_of(2);
    assert_window(0, 32);
}

static void
a_policy_that_rounds_one_page_up_has_no_window(void **state) {
    (void)state;
    puppet_pmm_manager.grant = grants_eights;
    start_puppet();
    open_chunk_of(24);
    assert_window(0, 0);
    puppet_pmm_manager.grant = puppet_grant;
}

static void
a_page_is_granted_and_freed(void **state) {
    (void)state;
    for (size_t i = RESERVED; i < NFRAMES; i++) {
        start_window(&frames[i]);
        assert_ptr_equal(alloc_page(), &frames[i]);
        assert_int_equal(zone_page_state(&frames[i]), PAGE_ALONE);
        assert_int_equal(zone_grant_length(&frames[i]), 1);
        free_page(&frames[i]);
        assert_int_equal(zone_idle_run(frames, NFRAMES), NFRAMES);
        assert_ptr_equal(puppet.freed[2], &frames[i]);
        assert_int_equal(puppet.freed_n[2], 1);
        assert_true(host_intr_on);
    }
}

/* The long way looks for a wider window whenever a page comes or goes there alone. */
static void
a_page_in_the_window_takes_the_quick_way(void **state) {
    (void)state;
    start_window(&frames[16]);
    zone.window.bytes = sizeof(struct Page);
    assert_ptr_equal(alloc_page(), &frames[16]);
    assert_int_equal(zone.window.bytes, sizeof(struct Page));
    free_page(&frames[16]);
    assert_int_equal(zone.window.bytes, sizeof(struct Page));
    puppet.answer = &frames[17];
    free_page(alloc_page());
    assert_int_equal(zone.window.bytes, 32 * sizeof(struct Page));
}

static void
a_page_that_is_granted_already_is_caught(void **state) {
    (void)state;
    start_window(&frames[20]);
    alloc_page();
    expect_panic(alloc_page(), "P2: policy puppet granted page 0x80014 to ?, but it is granted");
    start_window(&frames[20]);
    alloc_pages(3);
    puppet.answer = &frames[22];
    expect_panic(alloc_page(), "P2: policy puppet granted page 0x80016 to ?, but it is granted");
}

static void
a_page_with_a_reference_is_caught_at_grant_and_free(void **state) {
    (void)state;
    start_window(&frames[20]);
    frames[20].ref = -1;
    expect_panic(alloc_page(), "P3: policy puppet granted page 0x80014 with ref -1 to ?");
    start_window(&frames[20]);
    alloc_page()->ref = 2;
    expect_panic(free_page(&frames[20]), "P3: free of page 0x80014, which still has ref 2, by ?");
}

/* A chunk may be open and have frames that no policy was given. */
static void
a_page_beside_the_range_is_caught(void **state) {
    (void)state;
    start_puppet();
    zone_init(words);
    zone_add_memory(&frames[18], 10);
    puppet.answer = &frames[20];
    free_page(alloc_page());
    puppet.answer = &frames[17];
    expect_panic(alloc_page(), "granted 1 pages at 0x80011 to ?, but was never given them");
    puppet.answer = &frames[28];
    zone_raw(false); /* the panic has left the lock */
    expect_panic(alloc_page(), "granted 1 pages at 0x8001c to ?, but was never given them");
    zone_raw(false);
    expect_panic(free_page(&frames[17]), "P8: free of page 0x80011, which is reserved");
}

static void
what_lies_behind_the_window_is_not_believed(void **state) {
    (void)state;
    start_window(NULL);
    zone.map.states[48] = PAGE_ALONE; /* of a chunk that is not open: may be anything */
    expect_panic(free_page(&frames[48]), "P8: free of page 0x80030, which is free already");
}

/* Each range has a window: pages come and go in turn, and neighbours in one chunk stay apart. */
static void
ranges_do_not_get_in_each_others_way(void **state) {
    (void)state;
    static const size_t page[] = {20, 40, 23, 18, 46, 24, 40, 20, 31};
    start_puppet();
    zone_init(words);
    zone_add_memory(&frames[18], 6);
    zone_add_memory(&frames[24], 8);
    zone_add_memory(&frames[38], 9);
    for (size_t i = 0; i < ARRAY_SIZE(page); i++) {
        puppet.answer = &frames[page[i]];
        assert_int_equal(zone_page_state(puppet.answer), PAGE_IDLE);
        alloc_page();
        assert_int_equal(zone_grant_length(&frames[page[i]]), 1);
        if (i > 0) {
            free_page(&frames[page[i - 1]]);
            assert_int_equal(zone_idle_run(&frames[page[i - 1]], 1), 1);
        }
    }
    assert_int_equal(zone_page_state(&frames[31]), PAGE_ALONE);
    puppet.answer = &frames[23];
    expect_panic(alloc_pages(2), "granted 2 pages at 0x80017 to ?, but was never given them");
}

/* The peak is entered: else the quick way would leave them to the long one for that alone. */
static void
a_page_of_a_larger_grant_is_not_freed_alone(void **state) {
    (void)state;
    start_window(&frames[20]);
    alloc_pages(2);
    enter_peak();
    expect_panic(free_page(&frames[20]), "P8: free of 1 pages at page 0x80014, where 2 were");
    start_window(&frames[20]);
    alloc_pages(2);
    enter_peak();
    expect_panic(free_page(&frames[21]), "P8: free of page 0x80015, in the middle of a grant");
    start_window(&frames[31]); /* the last of its chunk */
    alloc_pages(2);
    enter_peak();
    expect_panic(free_page(&frames[31]), "P8: free of 1 pages at page 0x8001f, where 2 were");
    start_window(&frames[47]); /* and the last of the window */
    alloc_pages(2);
    enter_peak();
    expect_panic(free_page(&frames[47]), "P8: free of 1 pages at page 0x8002f, where 2 were");
}

static void
a_page_freed_twice_is_caught(void **state) {
    (void)state;
    start_window(&frames[20]);
    free_page(alloc_page());
    expect_panic(free_page(&frames[20]), "P8: free of page 0x80014, which is free already");
}

static void
what_lies_behind_the_last_frame_of_all_is_no_part_of_a_grant(void **state) {
    (void)state;
    start_window(&frames[NFRAMES - 2]);
    zone.map.chunks[NFRAMES / PAGE_CHUNK] = PAGE_LIVE; /* behind the map: may be anything */
    alloc_pages(2);
    free_pages(&frames[NFRAMES - 2], 2);
    assert_int_equal(zone_page_state(&frames[0]), PAGE_IDLE);
}

/* Where parts may be freed, what is left behind the first page is a grant of its own. */
static void
the_first_page_of_a_grant_may_be_a_part(void **state) {
    (void)state;
    start_window(&frames[20]);
    puppet_pmm_manager.caps = PMM_SUBRANGE;
    alloc_pages(3);
    enter_peak();
    free_page(&frames[20]);
    assert_int_equal(zone_grant_length(&frames[21]), 2);
    assert_int_equal(zone_page_state(&frames[21]), PAGE_START);
    free_page(&frames[21]);
    free_page(&frames[22]);
    assert_int_equal(zone_idle_run(frames, NFRAMES), NFRAMES);
    puppet_pmm_manager.caps = 0;
}

static void
a_policy_that_rounds_one_page_up_keeps_its_slack(void **state) {
    (void)state;
    struct zone_stat stat;
    puppet_pmm_manager.grant = grants_eights;
    start_window(&frames[24]);
    alloc_page();
    assert_int_equal(zone_page_state(&frames[24]), PAGE_START);
    assert_int_equal(zone_page_state(&frames[31]), PAGE_SLACK);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 8);
    assert_int_equal(stat.requested, 1);
    free_page(&frames[24]);
    zone_stat(&stat);
    assert_int_equal(stat.granted + stat.requested, 0);
    puppet_pmm_manager.grant = puppet_grant;
}

static void
every_call_is_counted_whichever_way_it_takes(void **state) {
    (void)state;
    struct zone_stat stat;
    start_puppet();
    for (size_t i = 16; i < 26; i++) { /* the first opens the chunk */
        puppet.answer = &frames[i];
        alloc_page();
    }
    for (size_t i = 16; i < 21; i++) {
        free_page(&frames[i]);
    }
    puppet.answer = &frames[16];
    alloc_pages(3);
    puppet.answer = &frames[19];
    alloc_page();
    puppet.answer = NULL;
    assert_null(alloc_page());
    zone_stat(&stat);
    assert_int_equal(stat.grants, 12);
    assert_int_equal(stat.frees, 5);
    assert_int_equal(stat.refused, 1);
    assert_int_equal(stat.requested, 9);
    assert_int_equal(stat.granted, 9);
    assert_int_equal(stat.peak, 10);
    puppet.answer = &frames[40];
    alloc_pages(4);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 13);
    assert_int_equal(stat.peak, 13);
}

/* The quick way keeps no peak of its own: a page that goes from there takes the long way. */
static void
a_new_peak_is_entered_before_the_next_page_goes(void **state) {
    (void)state;
    struct zone_stat stat;
    start_window(NULL);
    assert_true(book_one(&frames[20])); /* as many as ever were */
    assert_true(unbook_one(&frames[20]));
    assert_true(book_one(&frames[20]));
    assert_true(book_one(&frames[21]));
    assert_false(unbook_one(&frames[20]));
    free_page(&frames[20]);
    assert_true(unbook_one(&frames[21]));
    zone_stat(&stat);
    assert_int_equal(stat.peak, 2);
    assert_int_equal(stat.granted, 0);
    assert_int_equal(stat.grants, 5);
    assert_int_equal(stat.frees, 5);
}

static void
a_page_is_refused_where_failpage_says_so(void **state) {
    (void)state;
    start_window(&frames[20]);
    fail_arm(fail_page, 2);
    free_page(alloc_page());
    assert_null(alloc_page());
    assert_ptr_equal(zone.alloc, puppet_alloc_pages); /* nothing stands before it any more */
    assert_non_null(alloc_page());
    assert_int_equal(puppet.allocs, 4);
    assert_true(host_intr_on);
}

static void
calls_from_within_go_past_the_window(void **state) {
    (void)state;
    struct zone_stat stat;
    start_window(&frames[20]);
    puppet.nested = 1;
    assert_ptr_equal(alloc_page(), &frames[20]);
    assert_ptr_equal(puppet.nested_page, &frames[20]);
    puppet.nested_page = &frames[40];
    puppet.nested = 1;
    free_page(&frames[20]);
    assert_ptr_equal(puppet.freed[3], &frames[40]);
    zone_stat(&stat);
    assert_int_equal(stat.grants, 3);
    assert_int_equal(stat.granted, 0);
    assert_true(host_intr_on);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_window_is_what_was_opened_side_by_side_in_a_range),
    cmocka_unit_test(what_was_granted_as_one_page_goes_quickly_and_what_is_left_of_more_does_not),
    cmocka_unit_test(the_widest_window_stays),
    cmocka_unit_test(a_page_that_comes_alone_makes_the_window_before_it_goes),
    cmocka_unit_test(the_window_is_of_the_range_that_a_page_was_of),
    cmocka_unit_test(a_window_may_begin_with_the_first_frame_of_all),
    cmocka_unit_test(a_policy_that_rounds_one_page_up_has_no_window),
    cmocka_unit_test(a_page_is_granted_and_freed),
    cmocka_unit_test(a_page_in_the_window_takes_the_quick_way),
    cmocka_unit_test(a_page_that_is_granted_already_is_caught),
    cmocka_unit_test(a_page_with_a_reference_is_caught_at_grant_and_free),
    cmocka_unit_test(a_page_beside_the_range_is_caught),
    cmocka_unit_test(what_lies_behind_the_window_is_not_believed),
    cmocka_unit_test(ranges_do_not_get_in_each_others_way),
    cmocka_unit_test(a_page_of_a_larger_grant_is_not_freed_alone),
    cmocka_unit_test(a_page_freed_twice_is_caught),
    cmocka_unit_test(what_lies_behind_the_last_frame_of_all_is_no_part_of_a_grant),
    cmocka_unit_test(the_first_page_of_a_grant_may_be_a_part),
    cmocka_unit_test(a_policy_that_rounds_one_page_up_keeps_its_slack),
    cmocka_unit_test(every_call_is_counted_whichever_way_it_takes),
    cmocka_unit_test(a_new_peak_is_entered_before_the_next_page_goes),
    cmocka_unit_test(a_page_is_refused_where_failpage_says_so),
    cmocka_unit_test(calls_from_within_go_past_the_window),
};

int
main(int argc, char **argv) {
    return host_test_main("window", tests, ARRAY_SIZE(tests), argc, argv);
}
