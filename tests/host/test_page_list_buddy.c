/*
 * test_page_list_buddy.c - what is special to page_list_buddy: lists that live in memory.
 */
#include "host_test.h"

#include "page_list_env.h"

/* ---- counts ---------------------------------------------------------------------------------- */

static void
usage_is_exact_after_every_call(void **state) {
    (void)state;
    for_each_build() {
        uint64_t seed = 1;
        start(0x80003);
        give(2, 300);
        for (size_t i = 0; i < 1500; i++) {
            uint64_t dice = host_random(&seed);
            if (nlive > 0 && dice % 100 < 48) {
                give_back(dice / 100 % nlive);
            } else {
                take(1 + dice / 100 % (dice % 7 == 0 ? 20 : 2));
            }
            audit();
        }
    }
}

static void
list_pages_come_from_the_start_of_memory(void **state) {
    (void)state;
    for_each_build() {
        start(0x80000);
        give(0, 64);
        assert_int_equal(m->overhead(), first_overhead(64));
        while (take(1) != NULL) {
        }
        for (size_t i = 0; i < nlive; i++) {
            assert_true((size_t)(live[i].page - frames) >= m->overhead());
        }
        assert_int_equal(nlive, 64 - m->overhead());
    }
}

static void
after_any_mix_all_list_pages_and_the_largest_block_are_back(void **state) {
    (void)state;
    for_each_build() {
        for (uint64_t round = 1; round <= 40; round++) {
            uint64_t seed = round;
            size_t n = 20 + host_random(&seed) % 100;
            start(0x80000 + round);
            give(0, n);
            audit();
            size_t overhead = m->overhead(), largest = largest_seen;
            for (size_t i = 0; i < 300; i++) {
                uint64_t dice = host_random(&seed);
                if (nlive > 0 && dice % 2 == 0) {
                    give_back(dice / 2 % nlive);
                } else {
                    take(1 + dice / 2 % 3);
                }
            }
            give_all_back(seed);
            audit();
            assert_int_equal(m->overhead(), overhead);
            assert_int_equal(largest_seen, largest);
        }
    }
}

/* ---- lists of more than one page ------------------------------------------------------------- */

/* Pages that are in lists of singles, when `freed` pages that have no free buddy came back. */
static void
isolated_pages_are_all_there(size_t freed, size_t pool) {
    start(0x80000);
    give(0, pool);
    assert_int_equal(isolate(1, freed), freed);
    audit();
    size_t room = (b->kept == 18 ? 1 : 2) * b->entries; /* of the pages that are kept */
    size_t lent = freed <= room ? 0 : (freed - room + b->entries) / (b->entries + 1);
    assert_int_equal(m->overhead(), first_overhead(pool) + lent);
    assert_int_equal(m->nr_free_pages(), freed - lent);

    size_t before = nlive;
    while (take(1) != NULL) {
    }
    assert_int_equal(nlive, before + freed);
    assert_int_equal(m->overhead(), first_overhead(pool));
    audit();
    give_all_back(7);
    audit();
    assert_int_equal(m->overhead(), first_overhead(pool));
    assert_int_equal(m->nr_free_pages(), pool - first_overhead(pool));
}

static void
a_list_may_have_a_second_page_at_the_511th_block(void **state) {
    (void)state;
    for_each_build() {
        isolated_pages_are_all_there(510, 1300);
        isolated_pages_are_all_there(511, 1300);
        isolated_pages_are_all_there(512, 1300);
    }
}

static void
ten_thousand_isolated_pages_are_all_there(void **state) {
    (void)state;
    for_each_build() {
        isolated_pages_are_all_there(10000, b->entries == 510 ? 20100 : 23600);
    }
}

/* The first page for which there is no room becomes the list page: it is not granted meanwhile. */
static void
a_page_that_became_a_list_page_is_no_entry(void **state) {
    (void)state;
    for_each_build() {
        start(0x80000);
        give(0, 1100);
        size_t room = (b->kept == 18 ? 1 : 2) * b->entries;
        isolate(1, room);
        size_t overhead = m->overhead(), free = m->nr_free_pages();
        size_t i = nlive - 1;
        while (page2ppn(live[i].page) % 2 == 0) {
            i--;
        }
        struct Page *last = live[i].page;
        give_back(i);
        assert_int_equal(m->overhead(), overhead + 1);
        assert_int_equal(m->nr_free_pages(), free);
        audit();
        assert_int_equal(seen[last - frames], 0);
    }
}

/* Pairs of pages, each between live ones: the list of pairs borrows, with nothing free below it. */
static void
a_list_page_for_an_upper_order_overwrites_nobody(void **state) {
    (void)state;
    for_each_build() {
        size_t pairs = 2 * b->entries + 2;
        start(0x80000);
        give(0, 4 * pairs + 100);
        assert_int_equal(isolate(2, pairs), pairs);
        audit(); /* every live page still bears its mark */
        assert_true(m->overhead() > first_overhead(4 * pairs + 100));
        give_all_back(5);
        audit();
        assert_int_equal(m->overhead(), first_overhead(4 * pairs + 100));
    }
}

/* The blocks in the borrowed page come first: there are as many of them as were freed last. */
static void
a_dump_counts_the_page_that_a_list_has_borrowed(void **state) {
    (void)state;
    for_each_build() {
        size_t kept = b->kept == 18 ? 1 : 2, room = kept * b->entries;
        char expected[100];
        start(0x80000);
        give(0, 1100);
        assert_int_equal(isolate(1, room + 3), room + 3);
        printed[0] = '\0';
        m->dump_list();
        snprintf(expected, sizeof(expected), "  order 12  %5zu x      1 pages, list pages %zu: 0x",
                 room + 2, kept + 1);
        assert_int_equal(strncmp(printed, expected, strlen(expected)), 0);
        char *line_end = strchr(printed, '\n');
        snprintf(expected, sizeof(expected), " +%zu", room);
        assert_int_equal(strncmp(line_end - strlen(expected), expected, strlen(expected)), 0);
        printed[0] = '\0';
    }
}

static size_t pairs_seen;

static void
see_pair(struct Page *head, size_t n, void *arg) {
    (void)head, (void)arg;
    pairs_seen += n == 2;
}

/*
 * The list of pairs is full, and the list of singles has borrowed a page for one
 * of them. A single that is joined to its buddy leaves that page to the pairs.
 */
static void
a_page_that_falls_idle_is_borrowed_before_a_block_is_broken(void **state) {
    (void)state;
    for_each_build() {
        size_t room = (b->kept == 18 ? 1 : 2) * b->entries, first = 40;
        start(0x80000);
        give(0, first + 4 * (2 * room + 2));
        while (take(1) != NULL) {
        }
        for (size_t i = 0; i < 2 * room + 2; i++) {
            give_back_page(first + 4 * i);
            if (i < room) {
                give_back_page(first + 4 * i + 1);
            }
        }
        size_t overhead = m->overhead();
        give_back_page(first + 4 * room + 1);
        pairs_seen = 0;
        m->for_each_free(see_pair, NULL);
        assert_int_equal(pairs_seen, room + 1);
        assert_int_equal(m->overhead(), overhead);
        audit();
    }
}

/* No page is free at all when the frees begin; the blocks of each size outgrow their list. */
static void
a_free_needs_no_memory_but_what_it_is_given(void **state) {
    (void)state;
    for_each_build() {
        for (size_t n = 1; n < b->top && n <= 8; n *= 2) {
            size_t blocks = 2 * b->entries + 5;
            start(0x80000);
            give(0, 2 * n * blocks + 64);
            while (take(n) != NULL) {
            }
            size_t of_n = nlive;
            while (take(1) != NULL) {
            }
            assert_int_equal(m->nr_free_pages(), 0);
            for (size_t i = of_n; i-- > 0;) {
                if (page2ppn(live[i].page) / n % 2 == 0) {
                    give_back(i);
                }
            }
            audit();
            give_all_back(3);
            audit();
        }
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void
the_index_changes_no_answer(void **state) {
    (void)state;
    static size_t answer[4][4000];
    for_each_build() {
        uint64_t seed = 11;
        start(0x80000);
        give(0, 400);
        for (size_t i = 0; i < ARRAY_SIZE(answer[0]); i++) {
            uint64_t dice = host_random(&seed);
            bool frees = nlive > 0 && dice % 100 < 50;
            if (frees) {
                give_back(dice / 100 % nlive);
            }
            struct Page *p = frees ? NULL : take(1 + dice / 100 % 4);
            answer[next_build][i] = p == NULL ? m->nr_free_pages() : page2ppn(p);
        }
    }
    assert_memory_equal(answer[0], answer[1], sizeof(answer[0]));
    assert_memory_equal(answer[2], answer[3], sizeof(answer[0]));
    assert_memory_not_equal(answer[0], answer[2], sizeof(answer[0]));
}

static void
a_free_that_fits_no_block_is_a_panic(void **state) {
    (void)state;
    for_each_build() {
        start(0x80000);
        give(0, 64);
        m->alloc_pages(2);
        m->alloc_pages(1);
        expect_panic(m->free_pages(&frames[40], 3), /* which is 4, and 3 are granted */
                     "P8: page 0x80028 does not start a grant for 3 pages");
        expect_panic(m->free_pages(&frames[80], 2), "P8: page"); /* no memory */
        struct Page *p = m->alloc_pages(4);
        assert_non_null(p);
        expect_panic(m->free_pages(p + 1, 4), "P8: page");
        expect_panic(m->free_pages(p, 0), "P8: page");
        expect_panic(m->free_pages(p, b->top + 1), "P8: page");
        expect_panic(m->free_pages(&frames[64], 4), "P8: page"); /* reserved */
        m->free_pages(p, 3);                                     /* rounds up to the same */
        expect_panic(m->free_pages(p, 4), "P8: page");
    }
}

/* Lists lie in memory, where a stray write may meet them. */
static void
a_block_that_is_not_aligned_to_its_size_is_a_panic(void **state) {
    (void)state;
    for_each_build() {
        size_t of_pairs = b->kept == 18 ? 1 : 2; /* the first page of their list */
        start(0x80000);
        give(0, 64);
        while (take(1) != NULL) {
        }
        give_back_page(42);
        give_back_page(43);
        ((uint64_t *)contents[of_pairs])[2] += PGSIZE; /* behind how many, and the next page */
        expect_panic(m->alloc_pages(1), "block");
    }
}

static void
its_own_check_passes_also_where_pages_become_list_pages(void **state) {
    (void)state;
    for_each_build() {
        for (size_t freed = 0; freed < 12; freed++) {
            start(0x80000);
            give(0, 2100);
            isolate(1, b->entries == 510 ? 505 + freed : freed);
            struct page_list_usage before = b->usage();
            m->check();
            audit();
            assert_int_equal(b->usage().granted, before.granted);
        }
    }
}

static void
a_buddy_outside_of_pages_is_not_merged(void **state) {
    (void)state;
    for_each_build() {
        start(0x80001);
        give(2, 2100);
        give(0, 1); /* its buddy would be page number 0x80000 */
        audit();
        start(0x80000);
        npage = nbase + 2101;
        give(0, 2100);
        give(2100, 1); /* ... the one behind the last */
        audit();
        assert_int_equal(b->usage().total, 2101);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(usage_is_exact_after_every_call),
    cmocka_unit_test(list_pages_come_from_the_start_of_memory),
    cmocka_unit_test(after_any_mix_all_list_pages_and_the_largest_block_are_back),
    cmocka_unit_test(a_list_may_have_a_second_page_at_the_511th_block),
    cmocka_unit_test(ten_thousand_isolated_pages_are_all_there),
    cmocka_unit_test(a_page_that_became_a_list_page_is_no_entry),
    cmocka_unit_test(a_list_page_for_an_upper_order_overwrites_nobody),
    cmocka_unit_test(a_dump_counts_the_page_that_a_list_has_borrowed),
    cmocka_unit_test(a_page_that_falls_idle_is_borrowed_before_a_block_is_broken),
    cmocka_unit_test(a_free_needs_no_memory_but_what_it_is_given),
    cmocka_unit_test(the_index_changes_no_answer),
    cmocka_unit_test(a_free_that_fits_no_block_is_a_panic),
    cmocka_unit_test(a_buddy_outside_of_pages_is_not_merged),
    cmocka_unit_test(a_block_that_is_not_aligned_to_its_size_is_a_panic),
    cmocka_unit_test(its_own_check_passes_also_where_pages_become_list_pages),
};

int
main(int argc, char **argv) {
    return host_test_main("page_list_buddy", tests, ARRAY_SIZE(tests), argc, argv);
}
