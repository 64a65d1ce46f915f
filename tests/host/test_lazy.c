/* test_lazy.c - pmm.c under a policy with PMM_LAZY: descriptors hold anything until a grant is
 * near. */
#include "host_test.h"

#include "puppet.h"

/* Frames [16, 32) are a chunk, and so are those before and behind it. */
static void
start_lazy(struct Page *answer) {
    puppet_pmm_manager.caps = PMM_LAZY;
    start_with_answer(answer);
}

/* Which frames' descriptors are all zero? */
static void
assert_written(size_t first, size_t end) {
    static const struct Page zero;
    for (size_t i = 0; i < NFRAMES; i++) {
        bool written = memcmp(&frames[i], &zero, sizeof(zero)) == 0;
        assert_int_equal(written, i >= first && i < end);
    }
}

static void
a_descriptor_is_written_before_a_frame_near_it_is_first_granted(void **state) {
    (void)state;
    start_lazy(&frames[20]);
    assert_written(0, 0);
    assert_ptr_equal(alloc_pages(3), &frames[20]);
    assert_written(16, 32);
    puppet.answer = &frames[31];
    assert_ptr_equal(alloc_pages(2), &frames[31]);
    assert_written(16, 48);
    puppet.answer = &frames[NFRAMES - 1];
    assert_ptr_equal(alloc_page(), &frames[NFRAMES - 1]);
    assert_written(16, 64);
}

static void
a_large_grant_has_all_its_descriptors_written(void **state) {
    (void)state;
    start_lazy(&frames[RESERVED]);
    assert_ptr_equal(alloc_pages(29), &frames[RESERVED]);
    assert_written(0, 48);
}

/* Nor is a chunk begun that no frame of the grant is in. */
static void
descriptors_are_written_up_to_the_last_frame_of_all_and_no_further(void **state) {
    (void)state;
    start_lazy(&frames[16]);
    alloc_pages(16);
    assert_written(16, 32);
    start_lazy(&frames[38]);
    npage = nbase + 60; /* the last chunk is short */
    zone_init(words);
    zone_add_memory(&frames[RESERVED], 60 - RESERVED);
    alloc_pages(20);
    assert_written(32, 60);
}

static void
what_is_granted_beyond_the_request_is_described_too(void **state) {
    (void)state;
    puppet_pmm_manager.grant = grants_eights;
    start_lazy(&frames[28]);
    alloc_pages(3);
    assert_written(16, 48);
    puppet_pmm_manager.grant = puppet_grant;
}

/* They are other owners' by then. */
static void
a_descriptor_is_written_once(void **state) {
    (void)state;
    start_lazy(&frames[20]);
    set_page_ref(alloc_page(), 7);
    puppet.answer = &frames[21];
    alloc_pages(2);
    puppet.answer = &frames[31];
    alloc_pages(2);
    assert_int_equal(page_ref(&frames[20]), 7);
}

static void
a_policy_that_is_not_lazy_keeps_its_descriptors(void **state) {
    (void)state;
    puppet_pmm_manager.caps = 0;
    start_with_answer(&frames[8]);
    frames[12].property = 5;
    alloc_pages(2);
    assert_true(PageReserved(&frames[0]));
    assert_int_equal(frames[12].property, 5);
}

static void
a_reference_to_a_freed_frame_is_found_at_its_next_grant(void **state) {
    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        start_lazy(&frames[20]);
        free_pages(alloc_pages(n), n);
        frames[20 + n - 1].ref = 1;
        expect_panic(alloc_pages(n), "with ref 1 to ?");
    }
}

/* A free block from the first chunk to the last, of which the second and the last hold something.
 */
static void
the_audit_looks_at_the_descriptors_that_hold_something(void **state) {
    (void)state;
    static const size_t looked_at[] = {16, 31, 48, 63};
    for (size_t i = 0; i < ARRAY_SIZE(looked_at); i++) {
        start_lazy(&frames[20]);
        free_page(alloc_page());
        puppet.answer = &frames[50];
        free_page(alloc_page());
        assert_null(pmm_audit());
        frames[looked_at[i]].ref = 1;
        assert_non_null(strstr(pmm_audit(), "P3: free page"));
    }
}

static void
frames_of_all_kinds_are_told_apart(void **state) {
    (void)state;
    size_t alike;
    start_lazy(&frames[20]);
    alloc_pages(2);
    assert_false(zone_described(&frames[4], 60, &alike));
    assert_int_equal(alike, 12);
    assert_true(zone_described(&frames[16], 48, &alike));
    assert_int_equal(alike, 16);
    assert_true(zone_described(&frames[31], 1, &alike));
    assert_int_equal(alike, 1);
    assert_false(zone_described(&frames[15], 2, &alike));
    assert_int_equal(alike, 1);
    assert_false(zone_described(&frames[33], 31, &alike));
    assert_int_equal(alike, 31);
    puppet_pmm_manager.caps = 0;
    assert_true(zone_described(&frames[4], 60, &alike));
    assert_int_equal(alike, 60);
}

static size_t visited;

static void
count_pages(struct Page *head, size_t n, void *arg) {
    (void)head, (void)arg;
    visited += n;
}

/* Its marks are junk; what is in no grant is all that can be told. */
static void
a_lazy_policy_that_lists_no_free_blocks_shows_none(void **state) {
    (void)state;
    puppet_pmm_manager.for_each_free = NULL;
    start_lazy(&frames[20]);
    puppet.nr_free = 0;
    visited = 0;
    assert_false(pmm_shows_free());
    alloc_pages(2);
    pmm_for_each_free(count_pages, NULL);
    assert_int_equal(visited, NFRAMES - RESERVED - 2);
    puppet_pmm_manager.for_each_free = puppet_for_each_free;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_descriptor_is_written_before_a_frame_near_it_is_first_granted),
    cmocka_unit_test(a_large_grant_has_all_its_descriptors_written),
    cmocka_unit_test(descriptors_are_written_up_to_the_last_frame_of_all_and_no_further),
    cmocka_unit_test(what_is_granted_beyond_the_request_is_described_too),
    cmocka_unit_test(a_descriptor_is_written_once),
    cmocka_unit_test(a_policy_that_is_not_lazy_keeps_its_descriptors),
    cmocka_unit_test(a_reference_to_a_freed_frame_is_found_at_its_next_grant),
    cmocka_unit_test(the_audit_looks_at_the_descriptors_that_hold_something),
    cmocka_unit_test(frames_of_all_kinds_are_told_apart),
    cmocka_unit_test(a_lazy_policy_that_lists_no_free_blocks_shows_none),
};

int
main(int argc, char **argv) {
    return host_test_main("lazy", tests, ARRAY_SIZE(tests), argc, argv);
}
