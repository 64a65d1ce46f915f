/* test_pmm_wrong.c - pmm.c and pmm_audit.c under a policy that breaks its promises. */
#include "host_test.h"

#include "puppet.h"

static void
write_block(struct Page *head, size_t n, void *arg) {
    char *text = arg;
    size_t used = strlen(text);
    snprintf(text + used, 200 - used, "%zu+%zu ", (size_t)(head - frames), n);
}

static void
start_puppet(void) {
    memset(&puppet, 0, sizeof(puppet));
    start(&puppet_pmm_manager);
}

static void
start_dropin(void) {
    memset(&puppet, 0, sizeof(puppet));
    start(&dropin_pmm_manager);
}

/* What pmm_for_each_free visits, as text. */
static const char *
free_blocks(void) {
    static char text[200];
    text[0] = '\0';
    pmm_for_each_free(write_block, text);
    return text;
}

static void
audit_finds(const char *promise) {
    const char *broken = pmm_audit();
    assert_non_null(broken);
    if (strstr(broken, promise) == NULL) {
        fail_msg("the audit says '%s', not '%s'", broken, promise);
    }
}

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

static void
a_grant_of_fewer_pages_than_asked_for_is_caught(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    expect_panic(alloc_pages(0), "P5: policy puppet granted 0 pages for a request of 0");
    start_puppet();
    puppet.answer = &frames[10];
    puppet_pmm_manager.grant = grants_nothing;
    expect_panic(alloc_pages(5), "P5: policy puppet granted 0 pages for a request of 5");
    puppet_pmm_manager.grant = puppet_grant;
}

/* House rule H1 may be broken by a file from outside. */
static void
pages_of_a_file_from_outside_are_only_counted(void **state) {
    (void)state;
    start_dropin();
    SetPageProperty(&frames[0]); /* a mark on what it was never given */
    frames[0].property = NFRAMES;
    assert_null(pmm_audit());
    puppet.nr_free--;
    audit_finds("P6: nothing is granted, but of 60 pages only 59 are free");
}

static void
marks_that_add_up_are_its_free_blocks(void **state) {
    (void)state;
    start_dropin();
    SetPageProperty(&frames[RESERVED]);
    frames[RESERVED].property = 20;
    SetPageProperty(&frames[RESERVED + 20]);
    frames[RESERVED + 20].property = 40;
    assert_true(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+20 24+40 ");
}

static void
without_them_runs_of_pages_in_no_grant_are_visited(void **state) {
    (void)state;
    start_dropin();
    puppet.answer = &frames[10];
    assert_ptr_equal(alloc_pages(3), &frames[10]);
    puppet.nr_free -= 3;
    assert_false(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+6 13+51 ");

    SetPageProperty(&frames[RESERVED]); /* as many pages as are free, but some of them granted */
    frames[RESERVED].property = 57;
    assert_false(pmm_shows_free());
    frames[RESERVED].property = 6; /* right, but not all */
    assert_false(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+6 13+51 ");
}

static void
runs_end_where_memory_ends(void **state) {
    (void)state;
    start_dropin();
    zone_init(words);
    zone_add_memory(frames + 40, 8);
    zone_add_memory(frames + 8, 16);
    assert_string_equal(free_blocks(), "8+16 40+8 ");
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
    expect_panic(zone_add_memory(frames, 10), "P7: policy puppet was given 10 pages at 0x80000 "
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
what_a_file_from_outside_takes_beyond_the_request_is_overhead(void **state) {
    (void)state;
    struct zone_stat stat;
    start_dropin();
    puppet.answer = &frames[16];
    puppet.counts = true;
    puppet.rounding = 3;
    puppet.nested = 2; /* which it keeps */
    alloc_pages(5);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 5);
    assert_int_equal(stat.overhead, 3 + 5);
    assert_null(pmm_audit());

    free_pages(&frames[16], 5);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 0);
    assert_int_equal(stat.overhead, 5);
    audit_finds("P6: nothing is granted, but of 60 pages only 55 are free");
    puppet.nr_free += 6;
    audit_finds("P4: 61 free + 0 granted + 0 overhead is not the 60 managed");
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

static void
the_audit_finds_a_free_page_that_is_granted(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    alloc_pages(1);
    puppet.nr_free -= 1;
    audit_finds("P2: page 0x8000a is free and granted");
}

static void
the_audit_finds_a_free_page_outside_of_memory(void **state) {
    (void)state;
    start_puppet();
    puppet.head[0] = frames;
    audit_finds("never given to the policy");
    puppet.length[0] = NFRAMES + 1;
    audit_finds("not in pages[]");
}

static void
the_audit_finds_a_page_in_two_blocks(void **state) {
    (void)state;
    start_puppet();
    puppet.length[0] = NFRAMES / 2;
    puppet.head[1] = frames + RESERVED + 5;
    puppet.length[1] = NFRAMES - RESERVED - NFRAMES / 2;
    audit_finds("is in two free blocks");
}

static void
the_audit_finds_reserved_and_referenced_free_pages(void **state) {
    (void)state;
    start_puppet();
    frames[30].ref = 1;
    audit_finds("P3: free page 0x8001e has ref 1");
    SetPageReserved(&frames[20]);
    audit_finds("P2: page 0x80014 is free and reserved");
}

static void
the_audit_finds_a_wrong_count(void **state) {
    (void)state;
    start_puppet();
    puppet.nr_free++;
    audit_finds("P4: free blocks hold 60 pages, nr_free_pages() says 61");
    puppet.nr_free -= 2;
    puppet.length[0]--;
    audit_finds("P4: 59 free + 0 granted + 0 overhead is not the 60 managed");
}

static void
more_ranges_than_the_zone_holds_is_a_panic(void **state) {
    (void)state;
    start_puppet();
    zone_init(words);
    for (size_t i = 0; i < 64; i++) {
        zone_add_memory(&frames[i], 1);
    }
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
    assert_int_equal(puppet.nested_count, NFRAMES - RESERVED);
}

static void
a_page_below_pages_is_caught_wherever_it_turns_up(void **state) {
    (void)state;
    start_puppet();
    pages = frames + 8;
    puppet.answer = frames;
    expect_panic(alloc_pages(1), "outside pages[]");
    start_puppet();
    pages = frames + 8;
    expect_panic(free_pages(frames, 1), "no page at all");
    start_puppet();
    pages = frames + 8;
    audit_finds("P2: a free block of 60 pages");
}

static void
the_audit_finds_a_block_without_pages_and_one_behind_them(void **state) {
    (void)state;
    start_puppet();
    puppet.length[0] = 0;
    puppet.head[1] = frames + RESERVED;
    puppet.length[1] = 1;
    audit_finds("P2: a free block of 0 pages");
    start_puppet();
    puppet.head[0] = frames + NFRAMES;
    audit_finds("is not in pages[]");
}

/* The first thing that was found stands, whatever comes after it. */
static void
the_audit_tells_the_first_of_two_broken_blocks(void **state) {
    (void)state;
    start_puppet();
    puppet.length[0] = NFRAMES + 1;
    puppet.head[1] = frames;
    puppet.length[1] = NFRAMES + 2;
    audit_finds("P2: a free block of 65 pages");
}

static void
a_block_of_any_size_is_in_the_summary(void **state) {
    (void)state;
    struct free_summary summary;
    start_puppet();
    puppet.length[0] = (size_t)1 << (FREE_ORDERS + 1);
    pmm_free_summary(&summary);
    assert_int_equal(summary.order_blocks[FREE_ORDERS - 1], 1);
    assert_int_equal(summary.largest, (size_t)1 << (FREE_ORDERS + 1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_page_granted_twice_is_caught_at_the_grant),
    cmocka_unit_test(a_grant_outside_of_pages_is_caught),
    cmocka_unit_test(a_grant_of_fewer_pages_than_asked_for_is_caught),
    cmocka_unit_test(pages_of_a_file_from_outside_are_only_counted),
    cmocka_unit_test(marks_that_add_up_are_its_free_blocks),
    cmocka_unit_test(without_them_runs_of_pages_in_no_grant_are_visited),
    cmocka_unit_test(runs_end_where_memory_ends),
    cmocka_unit_test(a_file_that_takes_less_than_it_is_given_manages_that_much),
    cmocka_unit_test(a_policy_of_ours_may_lose_no_page),
    cmocka_unit_test(nobody_may_count_more_than_is_given),
    cmocka_unit_test(what_a_file_from_outside_takes_beyond_the_request_is_overhead),
    cmocka_unit_test(a_reserved_page_that_is_granted_is_caught),
    cmocka_unit_test(a_granted_page_with_a_reference_is_caught),
    cmocka_unit_test(what_a_policy_asks_for_from_within_goes_past_the_map_and_the_counts),
    cmocka_unit_test(a_check_that_loses_a_page_is_caught),
    cmocka_unit_test(the_audit_finds_a_free_page_that_is_granted),
    cmocka_unit_test(the_audit_finds_a_free_page_outside_of_memory),
    cmocka_unit_test(the_audit_finds_a_page_in_two_blocks),
    cmocka_unit_test(the_audit_finds_reserved_and_referenced_free_pages),
    cmocka_unit_test(the_audit_finds_a_wrong_count),
    cmocka_unit_test(more_ranges_than_the_zone_holds_is_a_panic),
    cmocka_unit_test(a_policy_that_gets_nothing_from_itself_has_no_overhead),
    cmocka_unit_test(a_page_below_pages_is_caught_wherever_it_turns_up),
    cmocka_unit_test(the_audit_finds_a_block_without_pages_and_one_behind_them),
    cmocka_unit_test(the_audit_tells_the_first_of_two_broken_blocks),
    cmocka_unit_test(a_block_of_any_size_is_in_the_summary),
};

int
main(int argc, char **argv) {
    return host_test_main("pmm_wrong", tests, ARRAY_SIZE(tests), argc, argv);
}
