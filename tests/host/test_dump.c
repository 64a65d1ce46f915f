/* test_dump.c - what policies print: their lists of free blocks, and the steps of basic_check. */
#include "host_test.h"

#include "pmm_env.h"

static size_t policy; /* not local: a panic's longjmp would lose it */
#define for_each_policy()                                                                          \
    for (policy = 0; policy < pmm_npolicies && (start(pmm_policies[policy]), true); policy++)

/* The policies on block_list.h are those that free parts. */
#define for_each_list_policy() for_each_policy() if ((pmm_manager->caps & PMM_SUBRANGE) != 0)

/* What dump_list prints; next_fit's last line, where its search goes on, is cut off and checked. */
static const char *
dump(void) {
    printed[0] = '\0';
    pmm_manager->dump_list();
    if (pmm_manager == &next_fit_pmm_manager) {
        char *last = strstr(printed, "  the search goes on from page ");
        assert_non_null(last);
        assert_ptr_equal(strchr(last, '\n'), last + strlen(last) - 1);
        *last = '\0';
    }
    return printed;
}

static size_t
lines(const char *text) {
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

/* Take every page singly, and give back every other one of the first 2 * n. */
static void
leave_single_pages_free(size_t n) {
    while (nr_free_pages() > 0) {
        assert_non_null(alloc_page());
    }
    for (size_t i = 0; i < n; i++) {
        free_page(&frames[RESERVED + 2 * i]);
    }
}

static void
a_list_is_shown_as_ranges_in_address_order(void **state) {
    (void)state;
    for_each_list_policy() {
        assert_string_equal(dump(), "  0x80004..0x80040  60 pages\n  60 pages free in 1 blocks\n");
        while (nr_free_pages() > 0) {
            alloc_page();
        }
        assert_string_equal(dump(), "  0 pages free in 0 blocks\n");
        free_pages(&frames[40], 1);
        free_pages(&frames[10], 1);
        free_pages(&frames[11], 1);
        assert_string_equal(dump(), "  0x8000a..0x8000c  2 pages\n  0x80028..0x80029  1 pages\n"
                                    "  3 pages free in 2 blocks\n");
    }
}

static void
of_a_long_list_twenty_blocks_are_shown(void **state) {
    (void)state;
    for_each_list_policy() {
        leave_single_pages_free(20);
        assert_int_equal(lines(dump()), 21);
        assert_non_null(strstr(printed, "0x8002a..0x8002b"));
        assert_null(strstr(printed, "more"));
    }
    for_each_list_policy() {
        leave_single_pages_free(27);
        assert_int_equal(lines(dump()), 22);
        assert_non_null(strstr(printed, "  0x8002a..0x8002b  1 pages\n  ... and 7 more\n"
                                        "  27 pages free in 27 blocks\n"));
    }
}

static void
the_buddys_lists_are_shown_by_order(void **state) {
    (void)state;
    start(&buddy_system_pmm_manager);
    assert_string_equal(dump(), "  order  0      0 x    1 pages\n"
                                "  order  1      0 x    2 pages\n"
                                "  order  2      1 x    4 pages 0x80004\n"
                                "  order  3      1 x    8 pages 0x80008\n"
                                "  order  4      1 x   16 pages 0x80010\n"
                                "  order  5      1 x   32 pages 0x80020\n"
                                "  order  6      0 x   64 pages\n"
                                "  order  7      0 x  128 pages\n"
                                "  order  8      0 x  256 pages\n"
                                "  order  9      0 x  512 pages\n"
                                "  order 10      0 x 1024 pages\n"
                                "  60 pages free\n");
}

static void
of_each_order_six_blocks_are_shown_the_last_freed_first(void **state) {
    (void)state;
    start(&buddy_system_pmm_manager);
    leave_single_pages_free(6);
    dump();
    assert_non_null(strstr(printed, "  order  0      6 x    1 pages 0x8000e 0x8000c 0x8000a 0x80008"
                                    " 0x80006 0x80004\n"));
    free_page(&frames[RESERVED + 12]);
    free_page(&frames[RESERVED + 14]);
    dump();
    assert_non_null(strstr(printed, "  order  0      8 x    1 pages 0x80012 0x80010 0x8000e 0x8000c"
                                    " 0x8000a 0x80008 +2\n"));
}

static void
the_buddys_bits_are_shown_by_order_the_lowest_first(void **state) {
    (void)state;
    start(&bitmap_buddy_pmm_manager);
    leave_single_pages_free(8);
    assert_string_equal(dump(), "  order  0      8 x     1 pages 0x80004 0x80006 0x80008 0x8000a"
                                " 0x8000c 0x8000e +2\n"
                                "  order  1      0 x     2 pages\n"
                                "  order  2      0 x     4 pages\n"
                                "  order  3      0 x     8 pages\n"
                                "  order  4      0 x    16 pages\n"
                                "  order  5      0 x    32 pages\n"
                                "  order  6      0 x    64 pages\n"
                                "  8 pages free\n");
    alloc_page();
    alloc_page();
    assert_null(strstr(dump(), "+"));
    assert_non_null(
        strstr(printed, "6 x     1 pages 0x80008 0x8000a 0x8000c 0x8000e 0x80010 0x80012\n"));
}

/* 19 list pages from page 0x80004 on; orders are those of bytes. */
static void
page_lists_are_shown_by_order_with_their_own_pages(void **state) {
    (void)state;
    start(&page_list_buddy_pmm_manager);
    dump();
    const char *line = printed;
    for (unsigned k = 12; k <= 30; k++) {
        char expected[100];
        const char *block = k == 12 ? " 0x80017" : k == 15 ? " 0x80018" : k == 17 ? " 0x80020" : "";
        snprintf(expected, sizeof(expected), "  order %u      %u x %6u pages, list pages 1:%s\n", k,
                 block[0] == ' ', 1U << (k - 12), block);
        assert_int_equal(strncmp(line, expected, strlen(expected)), 0);
        line += strlen(expected);
    }
    assert_string_equal(line, "  41 pages free + 0 granted + 19 list pages = 60\n");
}

static void
of_each_page_list_eight_blocks_are_shown_the_last_freed_first(void **state) {
    (void)state;
    start(&page_list_buddy_pmm_manager);
    while (alloc_page() != NULL) {
    }
    for (size_t i = 24; i < 40; i += 2) {
        free_page(&frames[i]);
    }
    assert_non_null(strstr(dump(),
                           "  order 12      8 x      1 pages, list pages 1: 0x80026 0x80024 "
                           "0x80022 0x80020 0x8001e 0x8001c 0x8001a 0x80018\n"));
    free_page(&frames[40]);
    free_page(&frames[42]);
    assert_non_null(strstr(dump(), " 10 x      1 pages, list pages 1: 0x8002a 0x80028 0x80026 "
                                   "0x80024 0x80022 0x80020 0x8001e 0x8001c +2\n"));
    assert_non_null(strstr(printed, "  10 pages free + 31 granted + 19 list pages = 60\n"));
}

static void
basic_check_tells_its_steps_and_check_is_silent(void **state) {
    (void)state;
    for_each_policy() {
        pmm_manager->check();
        assert_string_equal(printed, "");
        pmm_manager->basic_check();
        assert_non_null(strstr(printed, "basic_check: three single pages: 0x"));
        assert_non_null(strstr(printed, " pages free"));
        assert_non_null(strstr(printed, "\nbasic_check: passed\n"));
    }
}

/* A free page with a reference breaks P3 at the next grant; the facade is not asked in raw mode. */
static void
a_broken_promise_ends_both_checks(void **state) {
    (void)state;
    for_each_policy() {
        if ((pmm_manager->caps & PMM_LAZY) != 0) {
            npage = nbase + 1; /* no descriptor to look at: so it grants what is not there */
            zone_raw(true);
            expect_panic(pmm_manager->check(), "page2pa");
            expect_panic(pmm_manager->basic_check(), "page2pa");
            zone_raw(false);
            continue;
        }
        for (size_t i = 0; i < NFRAMES; i++) {
            frames[i].ref = 1;
        }
        zone_raw(true);
        expect_panic(pmm_manager->check(), "page_ref");
        expect_panic(pmm_manager->basic_check(), "page_ref");
        zone_raw(false);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_list_is_shown_as_ranges_in_address_order),
    cmocka_unit_test(of_a_long_list_twenty_blocks_are_shown),
    cmocka_unit_test(the_buddys_lists_are_shown_by_order),
    cmocka_unit_test(of_each_order_six_blocks_are_shown_the_last_freed_first),
    cmocka_unit_test(the_buddys_bits_are_shown_by_order_the_lowest_first),
    cmocka_unit_test(page_lists_are_shown_by_order_with_their_own_pages),
    cmocka_unit_test(of_each_page_list_eight_blocks_are_shown_the_last_freed_first),
    cmocka_unit_test(basic_check_tells_its_steps_and_check_is_silent),
    cmocka_unit_test(a_broken_promise_ends_both_checks),
};

int
main(int argc, char **argv) {
    return host_test_main("dump", tests, ARRAY_SIZE(tests), argc, argv);
}
