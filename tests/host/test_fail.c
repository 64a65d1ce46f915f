/* test_fail.c - kern/mm/fail.c under the facade and the heap, and the sweep of checks. */
#include "host_test.h"

#include "check_slab.h"
#include "checks.h"
#include "error.h"
#include "fail.h"
#include "kmalloc.h"
#include "puppet.h"

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx: on the host, objects are in no image", (unsigned long)va);
}

static void
start_heap(const struct pmm_manager *m) {
    start(m);
    kmalloc_init();
}

/* ---- one that is armed ----------------------------------------------------------------------- */

static bool watched;

static void
note_watch(bool on) {
    watched = on;
}

static void
the_nth_call_fails_and_no_other(void **state) {
    (void)state;
    struct fail fail = {.name = "fail"};
    for (size_t nth = 0; nth < 5; nth++) {
        fail_arm(&fail, nth);
        for (size_t call = 1; call < 8; call++) {
            assert_int_equal(fail_struck(&fail), nth != 0 && call > nth);
            assert_int_equal(fail_strikes(&fail), call == nth);
        }
        assert_int_equal(fail.nth, nth);
    }
    fail_arm(&fail, 3);
    fail_arm(&fail, 0);
    assert_false(fail_strikes(&fail));
    assert_false(fail_struck(&fail));
    assert_false(fail_count(&fail)); /* a call that was overtaken by the last one to count */
    assert_int_equal(fail.left, 0);
}

static void
calls_are_watched_from_when_it_is_armed_until_it_strikes(void **state) {
    (void)state;
    struct fail fail = {.name = "fail", .watch = note_watch};
    fail_arm(&fail, 2);
    assert_true(watched);
    assert_false(fail_strikes(&fail));
    assert_true(watched);
    assert_true(fail_strikes(&fail));
    assert_false(watched);
    fail_arm(&fail, 2);
    fail_arm(&fail, 0);
    assert_false(watched);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void
a_call_for_pages_that_is_refused_is_told_and_never_reaches_the_policy(void **state) {
    (void)state;
    struct zone_stat stat;
    start_puppet();
    puppet.answer = frames + RESERVED;
    fail_arm(fail_page, 1);
    assert_null(alloc_pages(2));
    assert_string_equal(printed, "failpage=1: 2 pages for ? refused\n");
    zone_stat(&stat);
    assert_int_equal(puppet.allocs + stat.grants + stat.refused, 0);
    assert_true(host_intr_on);
    assert_ptr_equal(alloc_pages(2), puppet.answer);
    printed[0] = '\0';
    fail_arm(fail_page, 1);
    assert_null(alloc_page());
    assert_string_equal(printed, "failpage=1: 1 page for ? refused\n");
}

static void
calls_in_raw_mode_and_from_within_the_policy_do_not_count(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = frames + RESERVED;
    puppet.nested = 2;
    fail_arm(fail_page, 2);
    zone_raw(true);
    assert_non_null(alloc_page());
    zone_raw(false);
    puppet.nested = 2;
    assert_non_null(alloc_page());
    assert_int_equal(puppet.allocs, 4);
    assert_null(alloc_page());
}

/* ---- the heap -------------------------------------------------------------------------------- */

/* Whatever is asked for: through the usual way, by kmalloc, of whole pages, and by a new cache. */
static void *
allocate(size_t kind) {
    switch (kind) {
    case 0:
        return kmalloc(64);
    case 1:
        return kmalloc_any(60);
    case 2:
        return kmalloc_any(PGSIZE);
    case 3:
        return kmem_cache_alloc(&kmalloc_caches[KMALLOC_336]);
    default:
        return kmem_cache_create("one", 1);
    }
}

enum { KINDS = 5 };

static const char *const told[KINDS] = {"64 bytes of kmalloc-64", "64 bytes of kmalloc-64",
                                        "4096 bytes of whole pages", "336 bytes of kmalloc-336",
                                        "96 bytes of kmem_cache"};

static void
every_way_to_allocate_from_the_heap_counts_and_tells_what_is_refused(void **state) {
    (void)state;
    for (size_t nth = 1; nth <= 3 * KINDS; nth++) {
        start_heap(&default_pmm_manager);
        fail_arm(fail_slab, nth);
        for (size_t call = 1; call <= 4 * KINDS; call++) {
            assert_int_equal(allocate((call - 1) % KINDS) == NULL, call == nth);
        }
        char line[100];
        snprintf(line, sizeof(line), "failslab=%zu: %s for ? refused\n", nth,
                 told[(nth - 1) % KINDS]);
        assert_string_equal(printed, line);
    }
}

static void
a_cache_that_is_made_meanwhile_counts_too(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    fail_arm(fail_slab, 4);
    struct kmem_cache *cache = kmem_cache_create("new", 64);
    assert_non_null(kmem_cache_alloc(cache));
    assert_non_null(kmem_cache_alloc(cache));
    assert_null(kmem_cache_alloc(cache));
    assert_null(kmem_cache_audit(cache));
}

static void
the_usual_way_is_taken_again_once_it_has_struck(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    struct kmem_cache *cache = &kmalloc_caches[KMALLOC_64];
    assert_ptr_equal(cache->usual, cache);
    fail_arm(fail_slab, 1);
    assert_ptr_not_equal(cache->usual, cache);
    assert_null(kmalloc(64));
    assert_ptr_equal(cache->usual, cache);
    struct kmem_cache *later = kmem_cache_create("later", 64);
    assert_ptr_equal(later->usual, later);
    fail_arm(fail_slab, 9);
    struct kmem_cache *young = kmem_cache_create("young", 64);
    assert_ptr_equal(young->usual, cache->usual);
    fail_arm(fail_slab, 0);
    assert_ptr_equal(cache->usual, cache);
    assert_ptr_equal(young->usual, young);
}

static void
what_was_armed_is_forgotten_when_memory_or_heap_start_anew(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    fail_arm(fail_page, 1);
    fail_arm(fail_slab, 1);
    start_heap(&default_pmm_manager);
    assert_non_null(kmalloc(64));
    assert_string_equal(printed, "");
}

/* ---- the sweep ------------------------------------------------------------------------------- */

static void
on_every_policy_each_allocation_of_check_slab_may_fail(void **state) {
    (void)state;
    static const struct check check = {"check_slab", check_slab};
    for (size_t p = 0; p < pmm_npolicies; p++) {
        size_t refused = 5;
        start_heap(pmm_policies[p]);
        void *held[] = {alloc_page(), kmalloc(64)};
        assert_true(check_sweep(&check, &refused));
        assert_int_equal(refused - 5, 13 + 24); /* slabs and pages; a cache, 13 objects and 10 */
        assert_false(fail_struck(fail_page) || fail_struck(fail_slab));
        assert_null(pmm_audit());
        free_page(held[0]);
        kfree(held[1]);
        kmem_shrink();
        assert_int_equal(nr_free_pages(), all_free);
    }
}

static int
loses_a_page(void) {
    struct Page *first = alloc_page();
    struct Page *second = first == NULL ? NULL : alloc_page();
    if (second == NULL) {
        return -E_NO_MEM; /* and the first is still granted */
    }
    free_page(first);
    free_page(second);
    return 0;
}

static int
loses_an_object(void) {
    void *first = kmalloc_any(64);
    void *second = first == NULL ? NULL : kmalloc_any(64);
    if (second == NULL) {
        return -E_NO_MEM;
    }
    kfree(first);
    kfree(second);
    return 0;
}

static int
goes_on_without(void) {
    kfree(kmalloc(64));
    return 0;
}

static int
leaves_an_empty_slab(void) {
    void *p = kmalloc_any(64);
    kfree(p);
    return p == NULL ? -E_NO_MEM : 0;
}

static void
an_empty_slab_that_a_check_leaves_is_not_lost(void **state) {
    (void)state;
    static const struct check check = {"check", leaves_an_empty_slab};
    size_t refused = 0;
    start_heap(&default_pmm_manager);
    assert_true(check_sweep(&check, &refused));
    assert_int_equal(refused, 2);
}

static int
fails_always(void) {
    return -E_INVAL;
}

static void
the_sweep_tells_what_is_lost_where_and_whose_errors_cannot_be_believed(void **state) {
    (void)state;
    static const struct {
        struct check check;
        const char *told;
    } wrong[] = {
        {{"check", loses_a_page},
         "failpage=2: 1 pages and 1 objects in use before check, 2 and 1 after it\n"},
        {{"check", loses_an_object},
         "failslab=2: 1 pages and 1 objects in use before check, 1 and 2 after it\n"},
        {{"check", goes_on_without}, "failslab=1: check succeeds without it\n"},
        {{"check", fails_always}, "failpage=1: check fails by itself\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        size_t refused = 0;
        start_heap(&default_pmm_manager);
        assert_non_null(kmalloc(64));
        assert_false(check_sweep(&wrong[i].check, &refused));
        const char *last = strstr(printed, wrong[i].told);
        assert_non_null(last);
        assert_string_equal(last, wrong[i].told);
        assert_int_equal(fail_page->nth + fail_slab->nth, 0);
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_call_fails_and_no_other),
        cmocka_unit_test(calls_are_watched_from_when_it_is_armed_until_it_strikes),
        cmocka_unit_test(a_call_for_pages_that_is_refused_is_told_and_never_reaches_the_policy),
        cmocka_unit_test(calls_in_raw_mode_and_from_within_the_policy_do_not_count),
        cmocka_unit_test(every_way_to_allocate_from_the_heap_counts_and_tells_what_is_refused),
        cmocka_unit_test(a_cache_that_is_made_meanwhile_counts_too),
        cmocka_unit_test(the_usual_way_is_taken_again_once_it_has_struck),
        cmocka_unit_test(what_was_armed_is_forgotten_when_memory_or_heap_start_anew),
        cmocka_unit_test(on_every_policy_each_allocation_of_check_slab_may_fail),
        cmocka_unit_test(an_empty_slab_that_a_check_leaves_is_not_lost),
        cmocka_unit_test(the_sweep_tells_what_is_lost_where_and_whose_errors_cannot_be_believed),
    };
    return host_test_main("fail", tests, ARRAY_SIZE(tests), argc, argv);
}
