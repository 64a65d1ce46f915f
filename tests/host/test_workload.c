/* test_workload.c - courses of requests: each page they take comes back, and what they say holds.
 */
#define NFRAMES 8192
#include "host_test.h"
#include "pmm_env.h"
#include "workload.h"

#define FIELD 4096

static struct workload w;
static _Alignas(8) char memory[16 * FIELD + 65536];

/* Carry out `plans` plans of a course, under the facade's guards; then all is given back. */
static void
run(char id, int plans) {
    struct workload_setup setup = {.id = id,
                                   .target = {alloc_pages, free_pages},
                                   .base = frames + 1024,
                                   .npages = FIELD,
                                   .memory = memory};
    assert_true(workload_bytes(FIELD) <= sizeof(memory));
    memset(memory, 0xa5, sizeof(memory));
    workload_start(&w, &setup);
    while (plans-- > 0 && workload_plan(&w, WORKLOAD_STEPS) > 0) {
        workload_run(&w);
    }
}

/* Only the field's pages are free. */
static void
start_field(const struct pmm_manager *m) {
    start(m);
    for (size_t left = all_free; left > 0; left--) {
        alloc_page();
    }
    for (size_t i = 0; i < FIELD; i++) {
        free_page(frames + 1024 + i);
    }
    assert_int_equal(nr_free_pages(), FIELD);
}

static void
every_course_gives_back_what_it_took_wherever_it_stops(void **state) {
    (void)state;
    for (const char *id = WORKLOADS; *id != '\0'; id++) {
        for (int plans = 0; plans < 8; plans += 1 + plans) {
            start_field(&buddy_system_pmm_manager);
            run(*id, plans);
            workload_end(&w);
            assert_int_equal(nr_free_pages(), FIELD);
            assert_int_equal(w.requested, 0);
        }
    }
}

static void
half_the_pages_are_free_while_pairs_come_and_go(void **state) {
    (void)state;
    start_field(&default_pmm_manager);
    run('A', 1);
    assert_int_equal(nr_free_pages(), FIELD / 2);
    assert_int_equal(w.allocs, w.frees);
    workload_end(&w);
}

static void
first_fit_finds_no_two_pages_below_the_top(void **state) {
    (void)state;
    start_field(&default_pmm_manager);
    run('e', 0);
    assert_ptr_equal(alloc_pages(2), frames + 1024 + FIELD - 1025);
}

static void
every_page_is_taken_and_given_back(void **state) {
    (void)state;
    start_field(&default_pmm_manager);
    run('b', 4);
    assert_int_equal(nr_free_pages(), 0);
}

static void
memory_is_used_to_seven_tenths(void **state) {
    (void)state;
    for (const char *id = "cu"; *id != '\0'; id++) {
        start_field(&default_pmm_manager);
        run(*id, 20);
        assert_in_range(w.requested, FIELD * 6 / 10, FIELD * 7 / 10 + 1024);
        assert_int_equal(w.requested + nr_free_pages(), FIELD);
        workload_end(&w);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_course_gives_back_what_it_took_wherever_it_stops),
        cmocka_unit_test(half_the_pages_are_free_while_pairs_come_and_go),
        cmocka_unit_test(first_fit_finds_no_two_pages_below_the_top),
        cmocka_unit_test(every_page_is_taken_and_given_back),
        cmocka_unit_test(memory_is_used_to_seven_tenths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
