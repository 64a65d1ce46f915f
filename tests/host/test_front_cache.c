/* test_front_cache.c - kern/mm/front_cache.c: which calls reach the policy, by a puppet. */
#include "host_test.h"

#include "front_cache_env.h"

static void
the_page_that_was_freed_last_is_granted_first(void **state) {
    (void)state;
    begin_puppet();
    grant_and_free(10, 13);
    assert_int_equal(puppet.frees, 0);
    puppet.allocs = 0;
    assert_ptr_equal(m->alloc_pages(1), &frames[12]);
    assert_ptr_equal(m->alloc_pages(1), &frames[11]);
    m->free_pages(&frames[12], 1);
    assert_ptr_equal(m->alloc_pages(1), &frames[12]);
    assert_ptr_equal(m->alloc_pages(1), &frames[10]);
    assert_int_equal(puppet.allocs, 0);
    assert_int_equal(stat_now().hits, 4);
    assert_null(m->alloc_pages(1));
    assert_int_equal(puppet.allocs, 1);
    assert_int_equal(stat_now().hits, 4);
    assert_int_equal(stat_now().drains, 0);
}

static void
a_full_cache_gives_its_oldest_half_back(void **state) {
    (void)state;
    begin_puppet();
    for (size_t i = 10; i < 16; i++) {
        grant(i);
    }
    for (size_t i = 10; i < 15; i++) {
        m->free_pages(&frames[i], 1);
    }
    assert_int_equal(puppet.frees, 0);
    assert_int_equal(stat_now().pages, FRONT_CACHE_PAGES);
    m->free_pages(&frames[15], 1);
    assert_int_equal(puppet.frees, HALF);
    for (size_t i = 0; i < HALF; i++) {
        assert_ptr_equal(puppet.freed[i], &frames[10 + i]);
        assert_int_equal(puppet.freed_n[i], 1);
    }
    assert_int_equal(stat_now().pages, 3);
    for (size_t i = 15; i > 12; i--) {
        assert_ptr_equal(m->alloc_pages(1), &frames[i]);
    }
    assert_int_equal(stat_now().drains, 0);
}

static void
several_pages_are_the_policys_business(void **state) {
    (void)state;
    begin_puppet();
    grant_and_free(10, 11);
    puppet.answer = &frames[20];
    puppet.allocs = 0;
    assert_ptr_equal(m->alloc_pages(2), &frames[20]);
    assert_int_equal(puppet.asked[0], 2);
    m->free_pages(&frames[20], 2);
    assert_int_equal(puppet.frees, 1);
    assert_int_equal(puppet.freed_n[0], 2);
    assert_int_equal(stat_now().pages, 1);
}

static void
what_is_cached_counts_as_free(void **state) {
    (void)state;
    begin_puppet();
    size_t before = m->nr_free_pages();
    grant(10);
    assert_int_equal(m->nr_free_pages(), before - 1);
    m->free_pages(&frames[10], 1);
    assert_int_equal(m->nr_free_pages(), before);
    assert_int_equal(puppet.nr_free, before - 1);
    m->alloc_pages(1);
    assert_int_equal(m->nr_free_pages(), before - 1);
}

static void
all_goes_back_before_a_request_is_refused(void **state) {
    (void)state;
    begin_puppet();
    grant_and_free(10, 12);
    puppet.allocs = 0;
    assert_null(m->alloc_pages(2));
    assert_int_equal(puppet.allocs, 2);
    assert_int_equal(puppet.asked[1], 2);
    assert_int_equal(puppet.frees, 2);
    assert_int_equal(stat_now().pages, 0);
    assert_int_equal(stat_now().drains, 1);
    assert_null(m->alloc_pages(2));
    assert_int_equal(puppet.allocs, 3);
    assert_int_equal(stat_now().drains, 1);
}

/* One page is one. */
static size_t
rounds_two_up(size_t n) {
    return n == 1 ? 1 : grants_eights(n);
}

static void
it_is_asked_once_more_for_what_was_asked_for(void **state) {
    (void)state;
    puppet_pmm_manager.grant = rounds_two_up;
    begin_puppet();
    grant_and_free(10, 12);
    puppet.counts = false;
    puppet.nr_free = 6;
    puppet.allocs = 0;
    assert_null(m->alloc_pages(3));
    assert_int_equal(puppet.allocs, 2);
    assert_int_equal(puppet.asked[0], 3);
    assert_int_equal(puppet.asked[1], 3);
    assert_int_equal(stat_now().drains, 1);

    begin_puppet();
    grant_and_free(10, 12);
    puppet.nr_free = 5;
    assert_null(m->alloc_pages(3)); /* it would take eight */
    assert_int_equal(stat_now().pages, 2);
    puppet_pmm_manager.grant = puppet_grant;
}

static size_t
grants_up_to_8(size_t n) {
    return n <= 8 ? n : 0;
}

static void
what_cannot_be_granted_at_all_leaves_the_cache_alone(void **state) {
    (void)state;
    begin_puppet();
    grant_and_free(10, 12);
    puppet.counts = false;
    puppet.nr_free = 3;
    const size_t too_many[] = {0, 6, 7, SIZE_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(too_many); i++) {
        assert_null(m->alloc_pages(too_many[i]));
    }
    assert_int_equal(stat_now().pages, 2);
    assert_null(m->alloc_pages(5));
    assert_int_equal(stat_now().pages, 0);

    puppet_pmm_manager.grant = grants_up_to_8;
    begin_puppet();
    grant_and_free(10, 12);
    assert_null(m->alloc_pages(9));
    assert_int_equal(stat_now().pages, 2);
    assert_null(m->alloc_pages(8));
    assert_int_equal(stat_now().pages, 0);
    puppet_pmm_manager.grant = puppet_grant;
}

static void
with_the_last_grant_the_cache_is_empty(void **state) {
    (void)state;
    begin_puppet();
    grant_and_free(10, 13);
    m->free_pages(&frames[63], 1);
    assert_int_equal(puppet.frees, 4);
    assert_int_equal(stat_now().pages, 0);

    begin_puppet();
    grant_and_free(10, 13);
    puppet.answer = &frames[20];
    m->alloc_pages(7);
    m->free_pages(&frames[63], 1);
    assert_int_equal(stat_now().pages, 4);
    m->free_pages(&frames[20], 7);
    assert_int_equal(puppet.frees, 5);
    assert_int_equal(stat_now().pages, 0);
    assert_int_equal(stat_now().drains, 0);
}

static void
init_and_another_policy_begin_with_an_empty_cache(void **state) {
    (void)state;
    for (size_t way = 0; way < 2; way++) {
        begin_puppet();
        grant_and_free(10, 12);
        m->alloc_pages(1);
        assert_null(m->alloc_pages(3));
        if (way == 0) {
            m->init();
        } else {
            front_cache_over(&puppet_pmm_manager);
        }
        assert_int_equal(stat_now().pages + stat_now().hits + stat_now().drains, 0);
        puppet.frees = 0;
        grant(20);
        m->free_pages(&frames[20], 1); /* again it is the last grant */
        assert_int_equal(puppet.frees, 1);
    }
}

/* ---- F4: what one page costs ----------------------------------------------------------------- */

static size_t
grants_pairs(size_t n) {
    return (n + 1) / 2 * 2;
}

static void
a_policy_that_rounds_one_page_up_gets_no_cache(void **state) {
    (void)state;
    for (size_t way = 0; way < 2; way++) {
        puppet_pmm_manager.grant = way == 0 ? grants_eights : grants_pairs;
        begin_puppet();
        grant_and_free(10, 11);
        assert_int_equal(puppet.frees, 1);
        assert_int_equal(stat_now().pages, 0);
    }
    puppet_pmm_manager.grant = puppet_grant;
}

static size_t ncounts;

static size_t
counts_how_often(void) {
    ncounts++;
    return puppet.nr_free;
}

static void
a_policy_that_says_what_a_page_costs_is_not_counted_for_each(void **state) {
    (void)state;
    puppet_pmm_manager.nr_free_pages = counts_how_often;
    begin_puppet();
    ncounts = 0;
    grant(10);
    assert_int_equal(ncounts, 0);
    puppet_pmm_manager.nr_free_pages = puppet_nr_free_pages;
}

/* Where parts can be freed: pages that it takes for itself meanwhile are not the grant's. */
static void
what_the_policy_says_counts_more_than_what_it_counts(void **state) {
    (void)state;
    puppet_pmm_manager.caps = PMM_SUBRANGE;
    begin_puppet();
    grant_and_free(10, 12);
    puppet.rounding = 5;
    puppet.answer = &frames[16];
    assert_ptr_equal(m->alloc_pages(3), &frames[16]);
    assert_int_equal(stat_now().pages, 2);
    puppet_pmm_manager.caps = 0;
}

/* ... and what other harts have cached goes back. */
static void
a_policy_that_is_seen_to_take_more_for_a_page_loses_its_cache(void **state) {
    (void)state;
    puppet_pmm_manager.grant = NULL;
    begin_puppet();
    host_hart = 1;
    grant_and_free(10, 12);
    host_hart = 0;
    grant_and_free(12, 13);
    assert_ptr_equal(m->alloc_pages(1), &frames[12]);
    puppet.rounding = 1;
    assert_int_equal(stat_now().pages, 2);
    grant(13);
    assert_int_equal(puppet.frees, 2);
    m->free_pages(&frames[12], 1);
    assert_int_equal(puppet.frees, 3);
    assert_int_equal(stat_now().pages, 0);
    m->init_memmap(&frames[200], 1); /* memory that comes later changes nothing */
    m->free_pages(&frames[13], 1);
    assert_int_equal(puppet.frees, 4);
    puppet_pmm_manager.grant = puppet_grant;
}

/* The last page of such a grant takes those behind it along when it is freed by itself. */
static void
rounding_matters_where_parts_can_be_freed(void **state) {
    (void)state;
    for (size_t way = 0; way < 8; way++) {
        bool parts = (way & 1) != 0, rounds = (way & 2) != 0, tells = (way & 4) != 0;
        puppet_pmm_manager.caps = parts ? PMM_SUBRANGE : 0;
        puppet_pmm_manager.grant = !tells ? NULL : rounds ? rounds_two_up : puppet_grant;
        begin_puppet();
        grant_and_free(10, 12);
        puppet.rounding = rounds ? 5 : 0;
        puppet.answer = &frames[16];
        assert_ptr_equal(m->alloc_pages(3), &frames[16]);
        assert_int_equal(stat_now().pages, parts && rounds ? 0 : 2);
        puppet.answer = NULL;
        puppet.rounding = 0;
        puppet.frees = 0;
        if (parts) {
            m->free_pages(&frames[18], 1);
            assert_int_equal(puppet.frees, rounds);
            assert_int_equal(stat_now().pages, rounds ? 0 : 3);
        }
    }
    puppet_pmm_manager.caps = 0;
    puppet_pmm_manager.grant = puppet_grant;
}

/* A refusal costs nothing, whatever the count says meanwhile. */
static void
a_refusal_says_nothing_about_the_cost(void **state) {
    (void)state;
    puppet_pmm_manager.grant = NULL;
    begin_puppet();
    puppet.rounding = 7;
    assert_null((puppet.answer = NULL, m->alloc_pages(1)));
    puppet.rounding = 0;
    grant_and_free(10, 12);
    assert_int_equal(stat_now().pages, 2);
    puppet_pmm_manager.grant = puppet_grant;
}

/* ---- several harts --------------------------------------------------------------------------- */

static size_t nvisited, visited_pages;

static void
note_block(struct Page *head, size_t n, void *arg) {
    (void)head;
    nvisited++;
    visited_pages += n;
    *(bool *)arg = *(bool *)arg || (head == &frames[10] && n == 1);
}

static void
each_hart_has_pages_of_its_own_and_all_go_back(void **state) {
    (void)state;
    begin_puppet();
    host_hart = 1;
    grant_and_free(10, 12);
    host_hart = 7;
    grant_and_free(12, 13);
    host_hart = 0;
    grant(13);
    m->free_pages(&frames[13], 1);
    assert_int_equal(stat_now().pages, 4);
    bool seen = false;
    nvisited = visited_pages = 0;
    puppet.head[0] = NULL;
    m->for_each_free(note_block, &seen);
    assert_true(seen);
    assert_int_equal(nvisited, 4);
    assert_int_equal(visited_pages, 4);
    host_hart = 9; /* as 1 */
    assert_ptr_equal(m->alloc_pages(1), &frames[11]);
    puppet.frees = 0;
    assert_null(m->alloc_pages(2));
    assert_int_equal(puppet.frees, 3);
    assert_int_equal(stat_now().pages, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_page_that_was_freed_last_is_granted_first),
    cmocka_unit_test(a_full_cache_gives_its_oldest_half_back),
    cmocka_unit_test(several_pages_are_the_policys_business),
    cmocka_unit_test(what_is_cached_counts_as_free),
    cmocka_unit_test(all_goes_back_before_a_request_is_refused),
    cmocka_unit_test(it_is_asked_once_more_for_what_was_asked_for),
    cmocka_unit_test(what_cannot_be_granted_at_all_leaves_the_cache_alone),
    cmocka_unit_test(with_the_last_grant_the_cache_is_empty),
    cmocka_unit_test(init_and_another_policy_begin_with_an_empty_cache),
    cmocka_unit_test(a_policy_that_rounds_one_page_up_gets_no_cache),
    cmocka_unit_test(a_policy_that_says_what_a_page_costs_is_not_counted_for_each),
    cmocka_unit_test(what_the_policy_says_counts_more_than_what_it_counts),
    cmocka_unit_test(a_policy_that_is_seen_to_take_more_for_a_page_loses_its_cache),
    cmocka_unit_test(rounding_matters_where_parts_can_be_freed),
    cmocka_unit_test(a_refusal_says_nothing_about_the_cost),
    cmocka_unit_test(each_hart_has_pages_of_its_own_and_all_go_back),
};

int
main(int argc, char **argv) {
    return host_test_main("front_cache", tests, ARRAY_SIZE(tests), argc, argv);
}
