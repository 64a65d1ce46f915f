/* test_page_table.c - kern/mm/page_table.c, as page_table_steps.h watches it. */
#include "host_env.h"

#include "page_table_steps.h"

#define RW (PTE_R | PTE_W)

static void
any_sequence_of_calls_does_what_the_model_says(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int run = 0; run < 20; run++) {
        start_empty();
        for (int i = 0; i < 300; i++) {
            uint64_t r = host_random(&random);
            step((unsigned)(r & 7), (unsigned)(r >> 8 & 0xff), (unsigned)(r >> 16 & 0xffff),
                 r >> 40 & 3 ? NEVER : (unsigned)(r >> 44 & 3));
        }
        finish();
    }
}

/* Where nothing is yet, a page costs two tables and itself. */
static void
when_memory_runs_out_at_any_allocation_nothing_has_changed(void **state) {
    (void)state;
    start_empty();
    for (unsigned left = 0; left < 3; left++) {
        allocations_left = left;
        assert_null(pgdir_alloc_page(root, PGSIZE, RW));
        assert_int_equal(allocations_left, 0);
        assert_int_equal(count_granted(), 0);
        check_every_entry();
    }
    allocations_left = 3;
    assert_non_null(pgdir_alloc_page(root, PGSIZE, RW));
}

static void
a_page_goes_with_its_last_entry_and_the_tables_with_theirs(void **state) {
    (void)state;
    start_empty();
    struct Page *page = pgdir_alloc_page(root, 0, RW);
    assert_int_equal(page_insert(root, page, 1ul << GIGAPAGE_SHIFT, PTE_R), 0);
    assert_int_equal(page_ref(page), 2);
    assert_int_equal(count_granted(), 5);
    page_remove(root, 0);
    assert_int_equal(page_ref(page), 1);
    assert_int_equal(count_granted(), 3);
    page_remove(root, 1ul << GIGAPAGE_SHIFT);
    assert_int_equal(count_granted(), 0);
}

static void
a_page_replaced_by_another_is_freed_and_one_replaced_by_itself_is_not(void **state) {
    (void)state;
    start_empty();
    struct Page *first = pgdir_alloc_page(root, 0, RW);
    struct Page *second = pgdir_alloc_page(root, PGSIZE, RW);
    assert_int_equal(page_insert(root, second, 0, PTE_R), 0);
    assert_false(granted[first - frames]);
    assert_int_equal(page_ref(second), 2);
    assert_int_equal(page_insert(root, second, 0, RW), 0);
    assert_int_equal(page_ref(second), 2);
}

/* As swapping needs it: an entry that is not valid stands for something else. */
static void
an_entry_that_is_not_valid_keeps_its_table_until_it_is_removed(void **state) {
    (void)state;
    start_empty();
    struct Page *page = pgdir_alloc_page(root, 0, RW);
    pte_t *entry = get_pte(root, 0, false);
    *entry = 42 << 8;
    assert_null(get_page(root, 0, NULL));
    assert_int_equal(pgdir_lookup(root, 0, NULL), 0);
    assert_int_equal(count_granted(), 3);
    assert_int_equal(page_insert(root, page, 0, RW), 0);
    assert_int_equal(count_granted(), 3);
    *entry = 42 << 8;
    page_remove(root, 0);
    assert_int_equal(count_granted(), 1);
}

/* What a table holds that leads to others is in the last one not valid, but no way on. */
static void
no_entry_of_the_last_level_leads_to_a_table(void **state) {
    (void)state;
    start_empty();
    struct Page *page = pgdir_alloc_page(root, 0, RW);
    pte_t *entry = get_pte(root, 0, false);
    struct leaves leaves = {0};
    *entry &= ~(pte_t)PTE_RWX;
    assert_ptr_equal(get_pte(root, 0, false), entry);
    pgdir_for_each(root, count_leaf, &leaves);
    assert_int_equal(leaves.n, 4);
    page_remove(root, 0);
    assert_int_equal(count_granted(), 0);
    assert_false(granted[page - frames]);
}

static void
all_translations_are_forgotten_only_where_a_table_comes_or_goes(void **state) {
    (void)state;
    start_empty();
    (void)pgdir_alloc_page(root, 0, RW);
    assert_int_equal(whole_flushes, 1);
    (void)pgdir_alloc_page(root, PGSIZE, RW);
    page_remove(root, PGSIZE);
    assert_int_equal(whole_flushes, 1);
    page_remove(root, 0);
    assert_int_equal(whole_flushes, 2);
}

static void
the_kernels_own_pages_cannot_be_taken_away(void **state) {
    (void)state;
    start_empty();
    expect_panic(page_remove(root, KERNEL_AT(0)),
                 "page_remove: 0xffffffffc0200000 is in the kernel's own map");
    page_remove(root, MIDDLE_AT(0));
    page_remove(root, LARGE_AT(44));
    check_every_entry();
}

static void
an_address_has_bits_63_to_39_as_bit_38_is(void **state) {
    (void)state;
    assert_true(sv39_address(0) && sv39_address(0x3fffffffff));
    assert_true(sv39_address(0xffffffc000000000) && sv39_address(UINTPTR_MAX));
    assert_false(sv39_address(0x4000000000) || sv39_address(0xffffffbfffffffff));
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_calls_does_what_the_model_says),
        cmocka_unit_test(when_memory_runs_out_at_any_allocation_nothing_has_changed),
        cmocka_unit_test(a_page_goes_with_its_last_entry_and_the_tables_with_theirs),
        cmocka_unit_test(a_page_replaced_by_another_is_freed_and_one_replaced_by_itself_is_not),
        cmocka_unit_test(an_entry_that_is_not_valid_keeps_its_table_until_it_is_removed),
        cmocka_unit_test(no_entry_of_the_last_level_leads_to_a_table),
        cmocka_unit_test(all_translations_are_forgotten_only_where_a_table_comes_or_goes),
        cmocka_unit_test(the_kernels_own_pages_cannot_be_taken_away),
        cmocka_unit_test(an_address_has_bits_63_to_39_as_bit_38_is),
    };
    return host_test_main("page_table", tests, ARRAY_SIZE(tests), argc, argv);
}
