/* test_workload_ends.c - each page that a course takes comes back.
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

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_course_gives_back_what_it_took_wherever_it_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
