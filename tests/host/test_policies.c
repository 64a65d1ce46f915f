/* test_policies.c - what the policies share and say: the textbook check, the dumps, the lists. */
#include "host_test.h"

#define NFRAMES 1024
#include "basic_check.h"
#include "buddy_system_pmm.h"
#include "pmm_env.h"

/* Run the body once for each policy, with fresh memory. */
static size_t policy;
static const struct pmm_manager *m;
#define for_each_policy()                                                                          \
    for (policy = 0; policy < pmm_npolicies && (m = begin(pmm_policies[policy])); policy++)

static const struct pmm_manager *
begin(const struct pmm_manager *manager) {
    start(manager);
    printed[0] = '\0';
    return manager;
}

static void
assert_said(const char *text) {
    if (strstr(printed, text) == NULL) {
        fail_msg("%s says '%s', not '%s'", m->name, printed, text);
    }
}

static void
the_textbook_check_tells_its_steps(void **state) {
    (void)state;
    for_each_policy() {
        size_t before = m->nr_free_pages();
        m->basic_check();
        assert_int_equal(m->nr_free_pages(), before);
        assert_said("basic_check: three single pages: 0x80");
        assert_said("basic_check: three freed, three taken again, there is no fourth");
        assert_said("basic_check: 45 + 31 + 125 pages: ");
        assert_said("basic_check: passed");
    }
}

/* Take all but n pages, which stay free one by one. */
static void
leave_single_pages(size_t n) {
    static struct Page *page[NFRAMES];
    size_t had = 0;
    while ((page[had] = m->alloc_pages(1)) != NULL) {
        had++;
    }
    for (size_t i = 0; i < n; i++) {
        m->free_pages(page[16 * i], 1);
    }
    printed[0] = '\0';
}

static void
the_textbook_check_leaves_out_blocks_that_there_is_no_room_for(void **state) {
    (void)state;
    for_each_policy() {
        leave_single_pages(3);
        m->basic_check();
        assert_said("no room for 45 + 31 + 125 pages");
        assert_said("passed");
    }
}

static void
the_textbook_check_stops_where_three_pages_are_not_to_be_had(void **state) {
    (void)state;
    for_each_policy() {
        for (size_t n = 0; n < 3; n++) {
            begin(m);
            leave_single_pages(n);
            m->basic_check();
            assert_said("no three single pages are free, stopped here");
            assert_int_equal(m->nr_free_pages(), n);
        }
    }
}

static void
the_quiet_check_says_nothing(void **state) {
    (void)state;
    for_each_policy() {
        m->check();
        leave_single_pages(3);
        m->check();
        begin(m);
        leave_single_pages(1);
        m->check();
        assert_string_equal(printed, "");
    }
}

/* An old manager has no grant(): then what is asked for is what is granted. */
static void
the_textbook_check_runs_on_a_policy_without_grant(void **state) {
    (void)state;
    m = begin(&default_pmm_manager);
    struct pmm_manager old = *m;
    old.grant = NULL;
    (void)basic_check_run; /* its first step needs the policy's own count */
    unsigned int aside = 0;
    basic_check_blocks(&(struct basic_check){&old, &aside, .show = true});
    assert_said("45 + 31 + 125 pages: 45 + 31 + 125 are gone");
}

static void
a_dump_of_a_fragmented_list_is_cut_short(void **state) {
    (void)state;
    for_each_policy() {
        m->dump_list();
        assert_said("pages free");
        leave_single_pages(40);
        m->dump_list();
        bool by_order = strstr(printed, "order") != NULL;
        assert_said(by_order ? " +3" : "... and 20 more"); /* of 40: 34 or 32 */
        assert_said("40 pages free");
    }
}

static void
a_request_that_no_block_holds_is_refused(void **state) {
    (void)state;
    for_each_policy() {
        leave_single_pages(40);
        assert_null(m->alloc_pages(2));
        assert_int_equal(m->nr_free_pages(), 40);
    }
}

static void
best_fit_takes_the_shortest_block_and_the_lower_of_equals(void **state) {
    (void)state;
    m = begin(&best_fit_pmm_manager);
    struct Page *a = m->alloc_pages(8), *b = m->alloc_pages(1);
    struct Page *c = m->alloc_pages(4), *d = m->alloc_pages(1);
    struct Page *e = m->alloc_pages(4), *f = m->alloc_pages(1);
    assert_true(b != NULL && d != NULL && f != NULL);
    m->free_pages(a, 8);
    m->free_pages(c, 4);
    m->free_pages(e, 4);
    assert_ptr_equal(m->alloc_pages(3), c);
    assert_ptr_equal(m->alloc_pages(5), a);
}

static void
a_frame_that_does_not_arrive_reserved_is_a_panic(void **state) {
    (void)state;
    for_each_policy() {
        if ((m->caps & PMM_LAZY) == 0) { /* it looks at the descriptor */
            expect_panic(m->init_memmap(frames + RESERVED, 1), "PageReserved");
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_textbook_check_tells_its_steps),
    cmocka_unit_test(the_textbook_check_leaves_out_blocks_that_there_is_no_room_for),
    cmocka_unit_test(the_textbook_check_stops_where_three_pages_are_not_to_be_had),
    cmocka_unit_test(the_quiet_check_says_nothing),
    cmocka_unit_test(the_textbook_check_runs_on_a_policy_without_grant),
    cmocka_unit_test(a_dump_of_a_fragmented_list_is_cut_short),
    cmocka_unit_test(a_request_that_no_block_holds_is_refused),
    cmocka_unit_test(best_fit_takes_the_shortest_block_and_the_lower_of_equals),
    cmocka_unit_test(a_frame_that_does_not_arrive_reserved_is_a_panic),
};

int
main(int argc, char **argv) {
    return host_test_main("policies", tests, ARRAY_SIZE(tests), argc, argv);
}
