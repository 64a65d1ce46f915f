/* test_front_cache_over.c - kern/mm/front_cache.c between the facade and a policy, and over every
 * policy. */
#include "host_test.h"

#include "front_cache_env.h"

/* Run the body once for each policy with a cache. */
static size_t policy;
#define for_each_policy()                                                                          \
    for (policy = 0; policy < pmm_npolicies && begin(pmm_policies[policy]); policy++)

/* ---- F5: calls from within ------------------------------------------------------------------- */

/* Under the facade, two pages are cached. */
static void
begin_with_two_cached(void) {
    begin_puppet();
    for (size_t i = 10; i < 12; i++) {
        puppet.answer = &frames[i];
        assert_ptr_equal(alloc_page(), &frames[i]);
    }
    free_page(&frames[10]);
    free_page(&frames[11]);
    puppet.allocs = puppet.frees = 0;
}

static void
what_a_policy_asks_of_itself_passes_the_cache_by(void **state) {
    (void)state;
    begin_with_two_cached();
    puppet.answer = &frames[40];
    assert_ptr_equal(alloc_pages(2), &frames[40]); /* stay, or all would be drained at the end */
    puppet.allocs = 0;
    puppet.nested = 1;
    puppet.answer = &frames[20];
    assert_ptr_equal(alloc_pages(3), &frames[20]);
    assert_int_equal(puppet.allocs, 2);
    assert_ptr_equal(puppet.nested_page, &frames[20]);
    assert_int_equal(puppet.counted, puppet.nr_free + 1); /* the nested page is not yet taken */
    assert_int_equal(stat_now().pages, 2);

    puppet.nested = 1;
    puppet.nested_page = &frames[30];
    free_pages(&frames[20], 3);
    assert_int_equal(puppet.frees, 2);
    assert_ptr_equal(puppet.freed[1], &frames[30]);
    assert_int_equal(stat_now().pages, 2);
    assert_ptr_equal(alloc_page(), &frames[11]); /* afterwards all is as before */
}

static void
a_policy_may_free_a_page_of_its_own_while_the_cache_gives_back(void **state) {
    (void)state;
    begin_puppet();
    for (size_t i = 10; i < 16; i++) {
        puppet.answer = &frames[i];
        alloc_page();
    }
    for (size_t i = 10; i < 15; i++) {
        free_page(&frames[i]);
    }
    puppet.nested = 1;
    puppet.nested_page = &frames[30];
    free_page(&frames[15]);
    assert_int_equal(puppet.frees, HALF + 1);
    assert_ptr_equal(puppet.freed[1], &frames[30]);
    assert_ptr_equal(puppet.freed[2], &frames[11]);
    assert_int_equal(stat_now().pages, 3);
}

static void
takes_a_page_of_its_own(struct Page *base, size_t n) {
    puppet_init_memmap(base, n);
    puppet.answer = base;
    alloc_pages(1);
}

static void
what_it_takes_from_new_memory_is_no_grant(void **state) {
    (void)state;
    puppet_pmm_manager.init_memmap = takes_a_page_of_its_own;
    memset(&puppet, 0, sizeof(puppet));
    begin(&puppet_pmm_manager);
    grant_and_free(10, 12);
    assert_int_equal(stat_now().pages, 0);
    puppet_pmm_manager.init_memmap = puppet_init_memmap;
}

/* Checks look at the policy alone: its memory is whole, and its calls are its own. */
static size_t looks;

static void
look_around(void) {
    looks++;
    assert_int_equal(stat_now().pages, 0);
    assert_int_equal(nr_free_pages(), puppet.nr_free);
    puppet.answer = &frames[40];
    assert_ptr_equal(alloc_pages(1), &frames[40]);
    free_pages(&frames[40], 1);
    assert_int_equal(stat_now().pages, 0);
}

static void
checks_find_the_policy_without_a_cache(void **state) {
    (void)state;
    puppet_pmm_manager.check = look_around;
    begin_with_two_cached();
    looks = 0;
    zone_self_check();
    assert_int_equal(puppet.frees, 2 + 1);
    puppet_pmm_manager.check = NULL;
    puppet_pmm_manager.basic_check = look_around;
    begin_with_two_cached();
    m->basic_check();
    assert_int_equal(puppet.frees, 2 + 1);
    assert_int_equal(looks, 2);
    assert_int_equal(stat_now().drains, 0);
    puppet_pmm_manager.check = puppet_check;
    puppet_pmm_manager.basic_check = NULL;
}

/* ---- what the manager has -------------------------------------------------------------------- */

static void
what_the_policy_has_not_the_cache_has_not(void **state) {
    (void)state;
    const struct pmm_manager *old = front_cache_over(&dropin_pmm_manager);
    assert_true(old->check == NULL && old->basic_check == NULL && old->dump_list == NULL);
    assert_true(old->grant == NULL && old->overhead == NULL && old->for_each_free == NULL);
    assert_true(old->metadata == NULL && old->caps == 0);
    assert_ptr_equal(old->name, dropin_pmm_manager.name);
    assert_ptr_equal(old->under, &dropin_pmm_manager);
}

static size_t
keeps_nothing(void) {
    return 0;
}

static void
what_it_need_not_know_is_the_policys_own(void **state) {
    (void)state;
    struct pmm_manager all = default_pmm_manager;
    all.overhead = keeps_nothing;
    all.metadata = grants_eights;
    const struct pmm_manager *over = front_cache_over(&all);
    assert_true(over->grant == all.grant && over->overhead == all.overhead);
    assert_true(over->metadata == all.metadata && over->caps == PMM_SUBRANGE);
    assert_true(over->check != NULL && over->check != all.check);
    assert_true(over->basic_check != NULL && over->basic_check != over->check);
    assert_true(over->dump_list != NULL && over->for_each_free != NULL);
}

static void
the_facade_knows_a_file_from_outside_through_the_cache(void **state) {
    (void)state;
    memset(&puppet, 0, sizeof(puppet));
    puppet.refuses = 10; /* pages of a range: such a file may */
    begin(&dropin_pmm_manager);
    assert_ptr_equal(pmm_policy(), &dropin_pmm_manager);
    memset(&puppet, 0, sizeof(puppet));
    puppet.refuses = 10;
    expect_panic(begin(&puppet_pmm_manager), "P7: policy puppet was given");
    pmm_manager = &best_fit_pmm_manager;
    assert_ptr_equal(pmm_policy(), &best_fit_pmm_manager);
}

static void
a_dump_ends_with_what_is_cached(void **state) {
    (void)state;
    begin(&default_pmm_manager);
    struct Page *a = alloc_page(), *b = alloc_page(), *c = alloc_page();
    assert_non_null(c);
    m->dump_list();
    assert_string_equal(printed, "  0x80007..0x80100  249 pages\n  249 pages free in 1 blocks\n"
                                 "  front cache: 0 pages more\n");
    free_page(b);
    free_page(a);
    printed[0] = '\0';
    m->dump_list();
    assert_string_equal(printed, "  0x80007..0x80100  249 pages\n  249 pages free in 1 blocks\n"
                                 "  front cache: 2 pages more, 0x80004 is next\n");
    alloc_page();
    m->dump_list();
    assert_non_null(strstr(printed, "  front cache: 1 pages more, 0x80005 is next\n"));
}

/* ---- over every policy, under the facade ----------------------------------------------------- */

static void
assert_sound(void) {
    const char *broken = pmm_audit();
    if (broken != NULL) {
        fail_msg("%s broke %s", m->name, broken);
    }
}

static void
pages_that_are_cached_join_when_a_larger_block_is_wanted(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *pair = alloc_pages(8);
        assert_non_null(pair);
        while (nr_free_pages() > 0) {
            assert_non_null(alloc_page());
        }
        free_pages(pair, 8);
        for (size_t i = 0; i < 8; i++) {
            assert_non_null(alloc_page());
        }
        for (size_t i = 0; i < 4; i++) {
            free_page(pair + i);
        }
        assert_int_equal(stat_now().pages, 4);
        assert_sound();
        assert_ptr_equal(alloc_pages(4), pair);
        assert_int_equal(stat_now().drains, 1);
        assert_sound();
    }
}

static void
its_own_checks_pass_with_pages_cached(void **state) {
    (void)state;
    for_each_policy() {
        struct Page *page[4];
        for (size_t i = 0; i < 4; i++) {
            page[i] = alloc_page();
        }
        for (size_t i = 1; i < 4; i++) {
            free_page(page[i]);
        }
        assert_int_equal(stat_now().pages, 3);
        zone_self_check();
        assert_int_equal(stat_now().pages, 0);
        free_page(alloc_page());
        assert_int_equal(stat_now().pages, 1);
        m->basic_check();
        assert_non_null(strstr(printed, "basic_check: passed"));
        assert_int_equal(stat_now().pages, 0);
        assert_sound();
    }
}

static struct {
    struct Page *page[NFRAMES];
    size_t n[NFRAMES], count;
    uint64_t random;
} live;

static size_t
below(size_t n) {
    return host_random(&live.random) % n;
}

/* Free one grant, or where that can be done a page of it. */
static void
free_some(void) {
    size_t i = below(live.count), n = live.n[i];
    if ((m->caps & PMM_SUBRANGE) != 0 && n > 1 && below(2) == 0) {
        free_page(live.page[i]);
        live.page[i]++;
        live.n[i]--;
        return;
    }
    free_pages(live.page[i], n);
    live.count--;
    live.page[i] = live.page[live.count];
    live.n[i] = live.n[live.count];
}

static void
alloc_some(void) {
    size_t n = below(4) != 0 ? 1 : 1 + below(9);
    struct Page *page = alloc_pages(n);
    if (page == NULL) {
        assert_true(n > 1 || nr_free_pages() == 0);
        return;
    }
    live.page[live.count] = page;
    live.n[live.count++] = n;
}

static void
any_mix_of_calls_keeps_every_promise(void **state) {
    (void)state;
    for_each_policy() {
        struct free_summary first, last;
        size_t all = nr_free_pages();
        pmm_free_summary(&first);
        live.count = 0;
        live.random = 20 + policy;
        for (size_t i = 0; i < 3000; i++) {
            host_hart = (unsigned)below(3);
            if (live.count > 0 && below(i / 500 % 2 == 0 ? 3 : 2) == 0) {
                free_some();
            } else {
                alloc_some();
            }
            if (i % 8 == 0) {
                assert_sound();
            }
        }
        assert_true(stat_now().drains > 0 && stat_now().hits > 100);
        while (live.count > 0) {
            free_some();
        }
        pmm_free_summary(&last);
        assert_int_equal(nr_free_pages(), all);
        assert_memory_equal(&first, &last, sizeof(first));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_a_policy_asks_of_itself_passes_the_cache_by),
    cmocka_unit_test(a_policy_may_free_a_page_of_its_own_while_the_cache_gives_back),
    cmocka_unit_test(what_it_takes_from_new_memory_is_no_grant),
    cmocka_unit_test(checks_find_the_policy_without_a_cache),
    cmocka_unit_test(what_the_policy_has_not_the_cache_has_not),
    cmocka_unit_test(what_it_need_not_know_is_the_policys_own),
    cmocka_unit_test(the_facade_knows_a_file_from_outside_through_the_cache),
    cmocka_unit_test(a_dump_ends_with_what_is_cached),
    cmocka_unit_test(pages_that_are_cached_join_when_a_larger_block_is_wanted),
    cmocka_unit_test(its_own_checks_pass_with_pages_cached),
    cmocka_unit_test(any_mix_of_calls_keeps_every_promise),
};

int
main(int argc, char **argv) {
    return host_test_main("front_cache_over", tests, ARRAY_SIZE(tests), argc, argv);
}
