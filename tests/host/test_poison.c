/* test_poison.c - the facade with kern/san/address: who wrote to a free page, and when it is seen.
 */
#include "host_test.h"

#include "pmm_env.h"

void *poison_window(uintptr_t pa); /* window.h */

/* Memory of which every byte is `was` before anyone has it. */
static void
start_on(const struct pmm_manager *m, uint8_t was) {
    memset(contents, was, sizeof(contents));
    start(m);
}

static uint8_t *
byte_of(const struct Page *page, size_t offset) {
    return (uint8_t *)&contents[page - frames][offset];
}

static bool
holds_only(const struct Page *page, uint8_t value) {
    for (size_t i = 0; i < PGSIZE; i++) {
        if (*byte_of(page, i) != value) {
            return false;
        }
    }
    return true;
}

static void
a_granted_page_holds_nothing_of_what_was_there(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    struct Page *p = alloc_pages(3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(holds_only(p + i, POISON_GRANTED));
    }
    *byte_of(p + 1, 9) = 1;
    free_pages(p, 3);
    assert_true(holds_only(p + 1, POISON_FREED));
    p = alloc_pages(3);
    assert_true(holds_only(p + 1, POISON_GRANTED));
}

/* The first page opens the window. */
static void
a_page_that_goes_the_quick_way_is_filled_and_watched_as_any(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    free_page(alloc_page());
    struct Page *p = alloc_page();
    assert_true(holds_only(p, POISON_GRANTED));
    free_page(p);
    assert_true(holds_only(p, POISON_FREED));
    *byte_of(p, 7) = 1;
    expect_panic(alloc_page(), "holds 0x1 at offset 0x7, not the poison; freed by ?, found at its");
}

static void
what_is_granted_may_be_written_to(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    for (size_t round = 0; round < 3; round++) {
        struct Page *p = alloc_pages(10);
        memset(byte_of(p, 0), (int)round, 10 * PGSIZE);
        assert_null(pmm_audit());
        free_pages(p, 10);
        assert_null(pmm_audit());
    }
}

/* The first word, the last byte, and one in the middle. */
static void
a_write_to_a_freed_page_is_found_at_its_next_grant(void **state) {
    (void)state;
    static const struct {
        size_t offset;
        const char *said;
    } at[] = {{0, "page 0x80006 holds 0x1 at offset 0,"},
              {2001, "page 0x80006 holds 0x1 at offset 0x7d1,"},
              {PGSIZE - 1, "page 0x80006 holds 0x1 at offset 0xfff,"}};
    static size_t i; /* not local: a panic's longjmp would lose it */
    for (i = 0; i < ARRAY_SIZE(at); i++) {
        start_on(&default_pmm_manager, 7);
        struct Page *p = alloc_pages(4);
        free_pages(p, 4);
        *byte_of(p + 2, at[i].offset) = 1;
        assert_ptr_equal(alloc_pages(2), p);
        expect_panic(alloc_page(), at[i].said);
        assert_non_null(strstr(panic_text, "use after free: "));
        assert_non_null(strstr(panic_text, "; freed by ?, found at its next grant"));
    }
}

static void
a_write_to_a_freed_page_is_found_by_the_audit(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    struct Page *p = alloc_page();
    free_page(p);
    *byte_of(p, 5) = 0;
    expect_panic(assert_null(pmm_audit()),
                 "holds 0 at offset 0x5, not the poison; freed by ?, found by the audit");
}

static void
a_write_to_memory_that_was_never_granted_is_found(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    *byte_of(&frames[RESERVED], 0) = 3;
    expect_panic(alloc_page(), "not the poison; never granted, found at its next grant");
}

static void
reserved_memory_is_nobodys_business(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    assert_true(holds_only(&frames[RESERVED - 1], 7));
    *byte_of(&frames[0], 0) = 1;
    assert_null(pmm_audit());
}

static void
the_first_frame_is_watched_too(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    poison_new(&frames[0], 1);
    assert_null(pmm_audit());
    *byte_of(&frames[0], 3) = 1;
    expect_panic(assert_null(pmm_audit()), "page 0x80000 holds 0x1 at offset 0x3,");
}

/* POISON_FRAMES is 40 here. */
static void
frames_beyond_the_watched_ones_are_left_alone(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    assert_true(holds_only(&frames[39], POISON_FREED));
    assert_true(holds_only(&frames[40], 7));
    struct Page *all = alloc_pages(NFRAMES - RESERVED);
    assert_true(holds_only(&frames[40], 7));
    free_pages(all, NFRAMES - RESERVED);
    alloc_pages(34);
    free_pages(alloc_pages(8), 8); /* frames 38 to 45 */
    assert_true(holds_only(&frames[40], 7));
    *(uint8_t *)poison_window(page2pa(&frames[40])) = 1;
    assert_null(pmm_audit());
    *byte_of(&frames[39], 0) = 1;
    expect_panic(assert_null(pmm_audit()), "page 0x80027 holds 0x1");
}

static void
pages_granted_beyond_the_request_stay_watched(void **state) {
    (void)state;
    start_on(&buddy_system_pmm_manager, 7);
    struct Page *p = alloc_pages(5);
    memset(byte_of(p, 0), 1, 5 * PGSIZE);
    assert_null(pmm_audit());
    *byte_of(p + 5, 0) = 1;
    expect_panic(assert_null(pmm_audit()), "holds 0x1 at offset 0");
}

static void
a_part_that_is_freed_is_filled_and_the_rest_is_not(void **state) {
    (void)state;
    start_on(&default_pmm_manager, 7);
    struct Page *p = alloc_pages(8);
    memset(byte_of(p, 0), 1, 8 * PGSIZE);
    free_pages(p + 2, 3);
    assert_true(holds_only(p + 1, 1));
    assert_true(holds_only(p + 2, POISON_FREED));
    assert_true(holds_only(p + 4, POISON_FREED));
    assert_true(holds_only(p + 5, 1));
}

/* First fit that keeps a note in the first page of what is freed, as one with list pages does. */
static void
noting_free_pages(struct Page *base, size_t n) {
    uint8_t *page = poison_window(page2pa(base));
    assert_int_equal(page[0], POISON_FREED); /* it was filled before the policy had it */
    memset(page, (int)n, PGSIZE);
    default_pmm_manager.free_pages(base, n);
}

static void
what_a_policy_writes_through_its_window_is_its_own_affair(void **state) {
    (void)state;
    static struct pmm_manager noting;
    noting = default_pmm_manager;
    noting.free_pages = noting_free_pages;
    start_on(&noting, 7);
    struct Page *p = alloc_pages(4);
    free_pages(p, 4);
    assert_null(pmm_audit());
    assert_true(holds_only(p, 4));
    assert_ptr_equal(alloc_pages(4), p);
    free_pages(p, 4);
    *byte_of(p + 1, 8) = 1; /* the policy did not look into this one */
    expect_panic(alloc_pages(4), "page 0x80005 holds 0x1 at offset 0x8,");
}

static void
a_free_that_is_refused_changes_no_byte(void **state) {
    (void)state;
    start_on(&buddy_system_pmm_manager, 7);
    struct Page *p = alloc_pages(4);
    memset(byte_of(p, 0), 1, 4 * PGSIZE);
    expect_panic(free_pages(p, 3), "where 4 were granted");
    assert_true(holds_only(p, 1));
}

/* No policy has its window here: those that keep data in pages are tested in a kernel. */
static void
every_built_in_check_leaves_the_contents_alone(void **state) {
    (void)state;
    static size_t i;
    for (i = 0; i < pmm_npolicies; i++) {
        if (pmm_policies[i]->overhead == NULL) {
            start_on(pmm_policies[i], 7);
            zone_self_check();
            assert_null(pmm_audit());
        }
    }
}

static void
the_watch_keeps_to_the_words_that_it_was_given(void **state) {
    (void)state;
    size_t maps = 2 * page_map_bytes(NFRAMES) / sizeof(words[0]);
    size_t n = zone_words_bytes(NFRAMES) / sizeof(words[0]);
    assert_int_equal(n, maps + POISON_FRAMES);
    memset(words, 0xff, sizeof(words));
    start_on(&default_pmm_manager, 7);
    for (size_t i = maps; i < n; i++) {
        assert_int_equal(words[i] == 0, i < maps + RESERVED);
    }
    poison_window(page2pa(&frames[POISON_FRAMES]));
    assert_int_equal(words[n], UINT64_MAX);
    assert_null(pmm_audit());
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_granted_page_holds_nothing_of_what_was_there),
    cmocka_unit_test(a_page_that_goes_the_quick_way_is_filled_and_watched_as_any),
    cmocka_unit_test(what_is_granted_may_be_written_to),
    cmocka_unit_test(a_write_to_a_freed_page_is_found_at_its_next_grant),
    cmocka_unit_test(a_write_to_a_freed_page_is_found_by_the_audit),
    cmocka_unit_test(a_write_to_memory_that_was_never_granted_is_found),
    cmocka_unit_test(reserved_memory_is_nobodys_business),
    cmocka_unit_test(the_first_frame_is_watched_too),
    cmocka_unit_test(frames_beyond_the_watched_ones_are_left_alone),
    cmocka_unit_test(pages_granted_beyond_the_request_stay_watched),
    cmocka_unit_test(a_part_that_is_freed_is_filled_and_the_rest_is_not),
    cmocka_unit_test(what_a_policy_writes_through_its_window_is_its_own_affair),
    cmocka_unit_test(a_free_that_is_refused_changes_no_byte),
    cmocka_unit_test(the_watch_keeps_to_the_words_that_it_was_given),
    cmocka_unit_test(every_built_in_check_leaves_the_contents_alone),
};

int
main(int argc, char **argv) {
    return host_test_main("poison", tests, ARRAY_SIZE(tests), argc, argv);
}
