/* test_page_list_memory.c - page_list_buddy: memory as it comes in, range by range. */
#include "host_test.h"

#include "page_list_env.h"

static void
the_largest_blocks_are_counted_and_granted(void **state) {
    (void)state;
    for_each_build() {
        size_t blocks = b->top > 4 ? 3 : 10;
        size_t before = b->top == 4 ? 8 : first_overhead(3 * b->top);
        start(0x80000 - before);
        give(0, before + blocks * b->top);
        audit();
        assert_int_equal(largest_seen, b->top);
        assert_true(free_seen >= blocks * b->top);
        for (size_t i = 0; i < blocks; i++) {
            assert_non_null(take(b->top));
            audit();
        }
        assert_null(take(b->top));
        assert_null(m->alloc_pages(b->top + 1));
        give_all_back(9);
        audit();
        assert_int_equal(largest_seen, b->top);
    }
}

static void
memory_that_begins_at_address_0_is_used_like_any_other(void **state) {
    (void)state;
    for_each_build() {
        start(0);
        give(0, 100);
        assert_int_equal(m->nr_free_pages(), 100 - first_overhead(100));
        isolate(1, 8);
        audit();
        give_all_back(2);
        audit();
    }
}

static void
nothing_is_written_outside_of_what_was_given(void **state) {
    (void)state;
    for_each_build() {
        start(0x80000);
        const unsigned char *byte = memset(contents, JUNK, 200 * PGSIZE);
        give(40, 120);
        isolate(1, 40);
        give_all_back(4);
        for (size_t i = 0; i < 200 * PGSIZE; i++) {
            bool given = i >= 40 * PGSIZE && i < 160 * PGSIZE;
            assert_true(given || byte[i] == JUNK);
        }
    }
}

static void
ranges_of_any_length_are_all_managed_in_any_order(void **state) {
    (void)state;
    static const size_t range[][2] = {{900, 1}, {700, 60}, {10, 33}, {50, 1}, {52, 2}, {300, 90}};
    for_each_build() {
        size_t total = 0;
        start(0x80001);
        for (size_t i = 0; i < ARRAY_SIZE(range); i++) {
            give(range[i][0], range[i][1]);
            total += range[i][1];
            assert_int_equal(b->usage().total, total);
            /* Small: room for 2 ranges' ends in two pages an order, and for 61 / 4 blocks of 4. */
            assert_true(i != 1 || m->overhead() == (b->entries == 510 ? 19 : 2 * 2 + 5));
            audit();
            take(1 + i);
        }
        give_all_back(1);
        audit();
        /* Small: room for 6 ranges' ends below the top, and for 187 / 4 blocks of 4. */
        assert_int_equal(m->overhead(), b->entries == 510 ? 19 : 2 * 5 + 16);
        assert_int_equal(m->nr_free_pages(), total - m->overhead());
    }
}

static void
memory_too_small_for_the_lists_gives_no_page_until_more_comes(void **state) {
    (void)state;
    for_each_build() {
        size_t need = first_overhead(8);
        start(0x80000);
        for (size_t i = 0; i + 1 < need; i++) {
            give(3 * i, 1); /* ranges of one page */
            assert_null(m->alloc_pages(1));
            assert_int_equal(m->nr_free_pages(), 0);
            assert_int_equal(m->overhead(), i + 1);
        }
        give(200, 100);
        audit();
        assert_true(m->nr_free_pages() > 50);
        assert_non_null(take(1));
    }
}

static void
init_restores_the_first_state_whenever_it_is_called(void **state) {
    (void)state;
    for_each_build() {
        start(0x80000);
        give(0, 200);
        isolate(1, 20);
        start(0x80000);
        assert_int_equal(m->nr_free_pages() + m->overhead(), 0);
        assert_null(m->alloc_pages(1));
        give(0, 200);
        audit();
        assert_int_equal(m->overhead(), first_overhead(200));
    }
}

/* Whatever stood in its descriptor, a granted frame's is empty. */
static void
frames_arrive_reserved_and_with_anything_in_them(void **state) {
    (void)state;
    for_each_build() {
        start(0x80000);
        for (size_t i = 0; i < 100; i++) {
            frames[i].property = 3;
            frames[i].ref = 7;
            frames[i].flags |= 0xf0;
        }
        give(0, 100);
        while (take(1) != NULL) {
            const struct Page *p = live[nlive - 1].page;
            assert_true(p->ref == 0 && p->property == 0 && p->flags == 0);
        }
        ClearPageReserved(&frames[202]);
        expect_panic(m->init_memmap(&frames[200], 3), "PageReserved");
    }
}

/*
 * The last page of the first range has its buddy in the second. It is among as
 * many singles as there is room for; one more lends itself, for its own buddy.
 */
static void
a_range_that_makes_a_list_page_idle_frees_it(void **state) {
    (void)state;
    for_each_build() {
        size_t room = (b->kept == 18 ? 1 : 2) * b->entries, n = 40 + 4 * room + 1;
        start(0x80000);
        give(0, n);
        size_t overhead = m->overhead();
        while (take(1) != NULL) {
        }
        give_back_page(n - 1);
        for (size_t i = 0; i < room; i++) {
            give_back_page(40 + 2 * i + 1);
        }
        give_back_page(40 + 2 * (room - 1));
        assert_int_equal(m->overhead(), overhead + 1);
        assert_int_equal(m->nr_free_pages(), room + 1);
        give(n, 1);
        assert_int_equal(m->overhead(), overhead);
        assert_int_equal(m->nr_free_pages(), room + 3);
        audit();
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_largest_blocks_are_counted_and_granted),
    cmocka_unit_test(memory_that_begins_at_address_0_is_used_like_any_other),
    cmocka_unit_test(nothing_is_written_outside_of_what_was_given),
    cmocka_unit_test(ranges_of_any_length_are_all_managed_in_any_order),
    cmocka_unit_test(memory_too_small_for_the_lists_gives_no_page_until_more_comes),
    cmocka_unit_test(init_restores_the_first_state_whenever_it_is_called),
    cmocka_unit_test(frames_arrive_reserved_and_with_anything_in_them),
    cmocka_unit_test(a_range_that_makes_a_list_page_idle_frees_it),
};

int
main(int argc, char **argv) {
    return host_test_main("page_list_memory", tests, ARRAY_SIZE(tests), argc, argv);
}
