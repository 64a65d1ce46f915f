/* test_pmm.c - kern/mm/pmm.c under the real policies: guards, counts, raw mode. */
#include "host_test.h"

#include "pmm_env.h"

/* Run the body once for each policy, with fresh memory. */
static size_t policy; /* not local: a panic's longjmp would lose it */
#define for_each_policy()                                                                          \
    for (policy = 0; policy < pmm_npolicies && (start(pmm_policies[policy]), true); policy++)

static bool
frees_parts(void) {
    return (pmm_manager->caps & PMM_SUBRANGE) != 0;
}

static void
the_default_policy_is_first_fit(void **state) {
    (void)state;
    pmm_init(NULL);
    give_memory();
    assert_string_equal(pmm_manager->name, "first_fit");
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
}

static void
a_policy_is_chosen_by_name(void **state) {
    (void)state;
    pmm_init("buddy_system");
    assert_string_equal(pmm_manager->name, "buddy_system");
    for (size_t i = 0; i < pmm_npolicies; i++) {
        assert_ptr_equal(pmm_find(pmm_policies[i]->name), pmm_policies[i]);
    }
    assert_null(pmm_find("nonsense"));
    expect_panic(pmm_init("nonsense"), "no policy is called 'nonsense'");
}

static void
a_page_freed_twice_is_a_double_free(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(4);
        free_pages(p, 4);
        expect_panic(free_pages(p, 4), "free already (double free?)");
    }
}

static void
a_page_that_was_never_given_out_cannot_be_freed(void **state) {
    (void)state;
    for_each_policy() {
        expect_panic(free_page(&frames[NFRAMES - 1]), "free already");
    }
}

static void
a_reserved_page_cannot_be_freed(void **state) {
    (void)state;
    for_each_policy() {
        expect_panic(free_page(&frames[0]), "reserved");
    }
}

static void
a_pointer_to_no_page_cannot_be_freed(void **state) {
    (void)state;
    static struct Page stranger;
    for_each_policy() {
        expect_panic(free_page(&stranger), "no page at all");
    }
    for_each_policy() {
        expect_panic(free_page(frames + NFRAMES), "no page at all");
    }
}

static void
the_middle_of_a_grant_is_freed_only_where_parts_may_be(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(8);
        if (frees_parts()) {
            free_pages(p + 2, 3);
            assert_int_equal(nr_free_pages(), all_free - 5);
        } else {
            expect_panic(free_pages(p + 2, 3), "in the middle of a grant");
        }
    }
}

static void
what_lies_behind_a_freed_part_is_a_grant_of_its_own(void **state) {
    (void)state;
    start(&default_pmm_manager);
    struct Page *p = alloc_pages(8);
    free_pages(p + 2, 3);
    assert_int_equal(zone_grant_length(p), 2);
    assert_int_equal(zone_grant_length(p + 5), 3);
    free_pages(p + 5, 3);
    free_pages(p, 2);
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
    assert_null(pmm_audit());
}

/* The start of what a free of n pages is told. */
static const char *
free_of(size_t n, const struct Page *page, const char *why) {
    static char text[100];
    snprintf(text, sizeof(text), "P8: free of %zu pages at page %#zx, %s", n, page2ppn(page), why);
    return text;
}

static void
a_free_that_reaches_beyond_its_grant_is_stopped(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(4);
        alloc_pages(4);
        const char *why = frees_parts() ? "which reach beyond the 4 left of their grant, by ?"
                                        : "where 4 were granted, by ?";
        expect_panic(free_pages(p, 5), free_of(5, p, why));
    }
}

static void
a_part_may_not_reach_beyond_its_grant_either(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(4);
        alloc_pages(4);
        if (frees_parts()) {
            expect_panic(free_pages(p + 1, 4), "4 pages at page 0x80005, which reach beyond the 3");
        }
    }
}

static void
a_free_of_fewer_pages_is_stopped_where_parts_may_not_be_freed(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(8);
        if (!frees_parts()) {
            expect_panic(free_pages(p, 7), free_of(7, p, "where 8 were granted, by ?"));
        }
    }
}

/* 5 pages are granted as 8: the right length to free is still 5. */
static void
the_length_to_free_is_the_one_that_was_asked_for(void **state) {
    (void)state;
    start(&buddy_system_pmm_manager);
    struct Page *p = alloc_pages(5);
    expect_panic(free_pages(p, 8), "where 5 were granted");
    start(&buddy_system_pmm_manager);
    p = alloc_pages(5);
    expect_panic(free_pages(p + 5, 3), "in the middle of a grant");
    start(&buddy_system_pmm_manager);
    p = alloc_pages(5);
    free_pages(p, 5);
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
}

static void
no_pages_cannot_be_freed(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(1);
        expect_panic(free_pages(p, 0), "free of 0 pages");
    }
}

static void
a_page_still_in_use_cannot_be_freed(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(4);
        set_page_ref(p + 3, 2);
        expect_panic(free_pages(p, 4), "still has ref 2");
    }
}

static void
a_refused_request_changes_nothing_but_the_count(void **state) {
    (void)state;
    for_each_policy() {
        struct zone_stat stat;
        assert_null(alloc_pages(0));
        assert_null(alloc_pages(NFRAMES));
        assert_null(alloc_pages(SIZE_MAX));
        zone_stat(&stat);
        assert_int_equal(stat.refused, 3);
        assert_int_equal(stat.free, all_free);
        assert_int_equal(stat.granted, 0);
        assert_null(pmm_audit());
    }
}

static void
requested_and_granted_pages_are_told_apart(void **state) {
    (void)state;
    start(&buddy_system_pmm_manager);
    struct zone_stat stat;
    struct Page *p = alloc_pages(5);
    struct Page *q = alloc_pages(3);
    free_pages(q, 3);
    zone_stat(&stat);
    assert_int_equal(stat.requested, 5);
    assert_int_equal(stat.granted, 8);
    assert_int_equal(stat.peak, 12);
    assert_int_equal(stat.grants, 2);
    assert_int_equal(stat.frees, 1);
    assert_int_equal(stat.free + stat.granted, stat.managed);
    assert_int_equal(zone_page_state(p + 4), PAGE_LIVE);
    assert_int_equal(zone_page_state(p + 5), PAGE_SLACK);
    assert_int_equal(zone_page_state(p + 8), PAGE_IDLE);
}

/* An old buddy does not tell what it grants beyond the request: it is missing from its count. */
static void
what_an_old_file_rounds_up_is_overhead(void **state) {
    (void)state;
    struct pmm_manager old = buddy_system_pmm_manager;
    old.grant = NULL;
    struct zone_stat stat;
    start(&old);
    struct Page *p = alloc_pages(5);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 5);
    assert_int_equal(stat.overhead, 3);
    assert_null(pmm_audit());
    free_pages(p, 5);
    zone_stat(&stat);
    assert_int_equal(stat.overhead, 0);
    assert_null(pmm_audit());
}

static void
interrupts_are_on_again_after_each_call_that_found_them_on(void **state) {
    (void)state;
    start(&default_pmm_manager);
    free_page(alloc_page());
    assert_true(host_intr_on);
    intr_save();
    free_page(alloc_page());
    nr_free_pages();
    assert_false(host_intr_on);
    intr_restore(true);
}

static void
raw_mode_leaves_the_books_alone(void **state) {
    (void)state;
    struct zone_stat stat;
    start(&default_pmm_manager);
    zone_raw(true);
    struct Page *p = alloc_pages(3);
    free_pages(p, 3);
    free_pages(alloc_pages(2), 2);
    zone_raw(false);
    zone_stat(&stat);
    assert_int_equal(stat.grants + stat.frees + stat.refused, 0);
    assert_int_equal(stat.free, NFRAMES - RESERVED);
}

static void
every_built_in_check_passes_and_changes_nothing(void **state) {
    (void)state;
    for_each_policy() {
        zone_self_check();
        assert_int_equal(nr_free_pages(), all_free);
        assert_null(pmm_audit());
    }
}

static void
the_audit_passes_a_sound_policy(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *p = alloc_pages(3);
        alloc_pages(7);
        free_pages(p, 3);
        assert_null(pmm_audit());
    }
}

/* ucore's way of marking free blocks, for policies without for_each_free. */
static void
free_blocks_are_found_by_their_marks(void **state) {
    (void)state;
    start(&default_pmm_manager);
    struct pmm_manager plain = default_pmm_manager;
    plain.for_each_free = NULL;
    pmm_manager = &plain;
    struct Page *p = alloc_pages(4);
    alloc_pages(4);
    free_pages(p, 4);
    assert_true(pmm_shows_free());
    struct free_summary s;
    pmm_free_summary(&s);
    assert_int_equal(s.blocks, 2);
    assert_int_equal(s.pages, NFRAMES - RESERVED - 4);
    assert_int_equal(s.largest, NFRAMES - RESERVED - 8);
    assert_int_equal(s.order_blocks[2], 1);
    assert_int_equal(s.order_pages[5], NFRAMES - RESERVED - 8);
    assert_null(pmm_audit());
}

static void
the_free_count_is_the_same_in_raw_mode(void **state) {
    (void)state;
    start(&default_pmm_manager);
    zone_raw(true);
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
    zone_raw(false);
}

static void
memory_may_be_granted_up_to_its_last_page(void **state) {
    (void)state;
    start(&default_pmm_manager);
    struct Page *p = alloc_pages(NFRAMES - RESERVED);
    assert_int_equal(zone_grant_length(p), NFRAMES - RESERVED);
    assert_int_equal(zone_grant_length(p + 1), 0);
    free_pages(p, NFRAMES - RESERVED);
    assert_null(pmm_audit());
}

static void
a_page_behind_the_given_memory_is_reserved(void **state) {
    (void)state;
    start(&default_pmm_manager);
    pmm_manager->init();
    zone_init(words);
    for (size_t i = 0; i < 8; i++) {
        SetPageReserved(&frames[i]);
    }
    zone_add_memory(frames, 8);
    expect_panic(free_page(&frames[20]), "which is reserved");
}

/* Even where parts may be freed: nobody asked for it. */
static void
a_page_granted_beyond_the_request_cannot_be_freed(void **state) {
    (void)state;
    struct pmm_manager parts = buddy_system_pmm_manager;
    parts.caps = PMM_SUBRANGE;
    start(&parts);
    struct Page *p = alloc_pages(5);
    expect_panic(free_pages(p + 6, 1), "in the middle of a grant");
}

static size_t
three_pages(void) {
    return 3;
}

static void
what_the_policy_keeps_for_itself_is_overhead(void **state) {
    (void)state;
    struct pmm_manager keeps = default_pmm_manager;
    struct zone_stat stat;
    keeps.overhead = three_pages;
    start(&keeps);
    zone_stat(&stat);
    assert_int_equal(stat.overhead, 3);
}

static void
a_policy_needs_no_check_of_its_own(void **state) {
    (void)state;
    struct pmm_manager old = default_pmm_manager;
    old.check = NULL;
    start(&old);
    printed[0] = '\0';
    zone_self_check();
    assert_string_equal(printed, "");
    assert_int_equal(nr_free_pages(), NFRAMES - RESERVED);
}

static void
a_check_that_has_run_is_known(void **state) {
    (void)state;
    start(&default_pmm_manager);
    zone_self_check();
    assert_true(zone_self_checked());
}

static void
without_a_file_from_outside_there_is_no_dropin(void **state) {
    (void)state;
    assert_null(pmm_find(PMM_DROPIN));
    assert_null(pmm_find("no such policy"));
    assert_ptr_equal(pmm_find("first_fit"), &default_pmm_manager);
}

static void
a_policy_that_visits_its_free_blocks_shows_them(void **state) {
    (void)state;
    for_each_policy() {
        assert_true(pmm_shows_free());
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_default_policy_is_first_fit),
    cmocka_unit_test(a_policy_is_chosen_by_name),
    cmocka_unit_test(a_page_freed_twice_is_a_double_free),
    cmocka_unit_test(a_page_that_was_never_given_out_cannot_be_freed),
    cmocka_unit_test(a_reserved_page_cannot_be_freed),
    cmocka_unit_test(a_pointer_to_no_page_cannot_be_freed),
    cmocka_unit_test(the_middle_of_a_grant_is_freed_only_where_parts_may_be),
    cmocka_unit_test(what_lies_behind_a_freed_part_is_a_grant_of_its_own),
    cmocka_unit_test(a_free_that_reaches_beyond_its_grant_is_stopped),
    cmocka_unit_test(a_part_may_not_reach_beyond_its_grant_either),
    cmocka_unit_test(a_free_of_fewer_pages_is_stopped_where_parts_may_not_be_freed),
    cmocka_unit_test(the_length_to_free_is_the_one_that_was_asked_for),
    cmocka_unit_test(no_pages_cannot_be_freed),
    cmocka_unit_test(a_page_still_in_use_cannot_be_freed),
    cmocka_unit_test(a_refused_request_changes_nothing_but_the_count),
    cmocka_unit_test(requested_and_granted_pages_are_told_apart),
    cmocka_unit_test(what_an_old_file_rounds_up_is_overhead),
    cmocka_unit_test(interrupts_are_on_again_after_each_call_that_found_them_on),
    cmocka_unit_test(raw_mode_leaves_the_books_alone),
    cmocka_unit_test(every_built_in_check_passes_and_changes_nothing),
    cmocka_unit_test(the_audit_passes_a_sound_policy),
    cmocka_unit_test(free_blocks_are_found_by_their_marks),
    cmocka_unit_test(the_free_count_is_the_same_in_raw_mode),
    cmocka_unit_test(memory_may_be_granted_up_to_its_last_page),
    cmocka_unit_test(a_page_behind_the_given_memory_is_reserved),
    cmocka_unit_test(a_page_granted_beyond_the_request_cannot_be_freed),
    cmocka_unit_test(what_the_policy_keeps_for_itself_is_overhead),
    cmocka_unit_test(a_policy_needs_no_check_of_its_own),
    cmocka_unit_test(a_check_that_has_run_is_known),
    cmocka_unit_test(without_a_file_from_outside_there_is_no_dropin),
    cmocka_unit_test(a_policy_that_visits_its_free_blocks_shows_them),
};

int
main(int argc, char **argv) {
    return host_test_main("pmm", tests, ARRAY_SIZE(tests), argc, argv);
}
