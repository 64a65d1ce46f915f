/* test_buddy.c - what is special to the buddy system: orders, buddies, compounds. */
#include "host_test.h"

#include "buddy_system_pmm.h"
#include "host_env.h"
#include "stdio.h"

#define NFRAMES 4096

static struct Page frames[NFRAMES];
static const struct pmm_manager *const m = &buddy_system_pmm_manager;

struct Page *pages = frames;
size_t npage, nbase;
uint64_t va_pa_offset;

int
cprintf(const char *fmt, ...) {
    (void)fmt;
    return 0;
}

/* n frames from page number `first` on, of pages[] that begins at `base`. */
static void
start(size_t base, size_t first, size_t n) {
    nbase = base;
    npage = base + NFRAMES;
    for (size_t i = 0; i < NFRAMES; i++) {
        frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
    m->init();
    m->init_memmap(&frames[first - base], n);
}

static size_t free_blocks[MAX_ORDER];

static void
count_block(struct Page *head, size_t n, void *arg) {
    (void)arg;
    unsigned k = 0;
    while ((size_t)1 << k < n) {
        k++;
    }
    assert_int_equal((size_t)1 << k, n);
    assert_int_equal(page2ppn(head) % n, 0);
    free_blocks[k]++;
}

static void
count_blocks(void) {
    memset(free_blocks, 0, sizeof(free_blocks));
    m->for_each_free(count_block, NULL);
}

static void
memory_is_cut_into_the_largest_aligned_blocks(void **state) {
    (void)state;
    start(0, 7, 1024 + 1); /* 7, 8..15, 16..31 ... 512..1023, 1024..1031 */
    count_blocks();
    static const size_t expected[MAX_ORDER] = {1, 0, 0, 2, 1, 1, 1, 1, 1, 1, 0};
    assert_memory_equal(free_blocks, expected, sizeof(expected));
    assert_int_equal(m->nr_free_pages(), 1025);
}

static void
blocks_are_aligned_to_the_page_number_and_not_to_the_range(void **state) {
    (void)state;
    start(0x80003, 0x80003, 13); /* up to 0x80010: 3, 4..7, 8..15 */
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    assert_int_equal(free_blocks[2], 1);
    assert_int_equal(free_blocks[3], 1);
}

static void
requests_are_rounded_up_to_a_power_of_two(void **state) {
    (void)state;
    static const size_t expected[][2] = {{1, 1}, {2, 2}, {27, 32}, {66, 128}, {1024, 1024}};
    start(0, 0, 2048);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        size_t before = m->nr_free_pages();
        assert_int_equal(m->grant(expected[i][0]), expected[i][1]);
        assert_non_null(m->alloc_pages(expected[i][0]));
        assert_int_equal(before - m->nr_free_pages(), expected[i][1]);
    }
}

static void
more_than_the_top_order_is_refused(void **state) {
    (void)state;
    start(0, 0, 4096);
    assert_int_equal(m->grant(1025), 0);
    assert_int_equal(m->grant(0), 0);
    assert_null(m->alloc_pages(1025));
    assert_null(m->alloc_pages(SIZE_MAX));
    assert_int_equal(m->nr_free_pages(), 4096);
}

/* Pages 2..3 and 4..5 touch, but the buddy of 2 is 0, and that of 4 is 6. */
static void
equal_neighbours_that_are_not_buddies_stay_two(void **state) {
    (void)state;
    static const size_t orders[2][2] = {{2, 4}, {4, 2}};
    for (size_t way = 0; way < 2; way++) {
        start(0, 0, 16);
        for (size_t i = 0; i < 8; i++) {
            assert_non_null(m->alloc_pages(2));
        }
        m->free_pages(&frames[orders[way][0]], 2);
        m->free_pages(&frames[orders[way][1]], 2);
        count_blocks();
        assert_int_equal(free_blocks[1], 2);
        assert_int_equal(free_blocks[2], 0);
        assert_null(m->alloc_pages(4));
    }
}

static void
buddies_merge_all_the_way_up(void **state) {
    (void)state;
    static struct Page *p[1024];
    start(0, 0, 1024);
    for (size_t i = 0; i < 1024; i++) {
        p[i] = m->alloc_pages(1);
        assert_non_null(p[i]);
    }
    assert_null(m->alloc_pages(1));
    for (size_t i = 0; i < 1024; i++) {
        m->free_pages(p[i * 389 % 1024], 1); /* 389 is odd: every page once */
    }
    count_blocks();
    assert_int_equal(free_blocks[10], 1);
}

static void
top_blocks_side_by_side_do_not_merge(void **state) {
    (void)state;
    start(0, 0, 2048);
    count_blocks();
    assert_int_equal(free_blocks[10], 2);
}

static void
a_free_buddy_of_another_order_is_not_merged(void **state) {
    (void)state;
    start(0, 0, 4);
    struct Page *low = m->alloc_pages(1);
    struct Page *next = m->alloc_pages(1);
    struct Page *high = m->alloc_pages(2);
    assert_non_null(next);
    m->free_pages(low, 1);
    m->free_pages(high, 2);
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    assert_int_equal(free_blocks[1], 1);
}

static void
every_page_of_a_compound_leads_to_its_head(void **state) {
    (void)state;
    start(0, 0, 64);
    struct Page *single = m->alloc_pages(1);
    struct Page *compound = m->alloc_pages(13);
    assert_false(PageHead(single));
    assert_int_equal(compound_order(single), 0);
    assert_true(PageHead(compound));
    assert_int_equal(compound_order(compound), 4);
    assert_ptr_equal(compound_head(single), single);
    for (size_t i = 0; i < 16; i++) {
        assert_ptr_equal(compound_head(compound + i), compound);
        assert_int_equal(PageTail(compound + i), i != 0);
    }
    assert_ptr_equal(compound_head(compound + 16), compound + 16);
}

static void
a_freed_compound_is_undone(void **state) {
    (void)state;
    start(0, 0, 64);
    struct Page *p = m->alloc_pages(32);
    m->free_pages(p, 32);
    for (size_t i = 0; i < 64; i++) {
        assert_false(PageHead(&frames[i]));
        assert_false(PageTail(&frames[i]));
    }
}

static void
a_free_of_another_order_is_a_panic(void **state) {
    (void)state;
    start(0, 0, 64);
    struct Page *p = m->alloc_pages(8);
    expect_panic(m->free_pages(p, 9), "P8: page 0 does not start a grant for 9 pages");
    expect_panic(m->free_pages(p + 1, 8), "P8");
    m->free_pages(p, 5); /* rounds up to the same */
    expect_panic(m->free_pages(p, 8), "P8");
}

static void
a_frame_that_does_not_arrive_reserved_is_a_panic(void **state) {
    (void)state;
    start(0, 0, 8);
    expect_panic(m->init_memmap(frames, 1), "PageReserved");
}

static void
a_buddy_outside_of_pages_is_not_merged(void **state) {
    (void)state;
    start(1, NFRAMES, 1); /* the last page; its buddy would be the next one */
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    start(1, 1, 1); /* the first one; its buddy would be page 0 */
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
}

static void
a_free_of_what_is_no_grant_is_a_panic(void **state) {
    (void)state;
    start(0, 0, 64);
    expect_panic(m->free_pages(&frames[64], 1), "P8"); /* reserved */
    struct Page *p = m->alloc_pages(8);
    p->property = MAX_ORDER;
    expect_panic(m->free_pages(p, 8), "P8");
    p->property = 3;
    ClearPageHead(p);
    expect_panic(m->free_pages(p, 8), "P8");
}

static void
a_page_behind_a_compound_or_below_all_candidates_is_its_own_head(void **state) {
    (void)state;
    start(0, 0, 4);
    assert_ptr_equal(m->alloc_pages(2), frames);
    assert_ptr_equal(compound_head(&frames[2]), &frames[2]);
    start(3, 3, 1);
    assert_ptr_equal(compound_head(frames), frames);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_is_cut_into_the_largest_aligned_blocks),
    cmocka_unit_test(blocks_are_aligned_to_the_page_number_and_not_to_the_range),
    cmocka_unit_test(requests_are_rounded_up_to_a_power_of_two),
    cmocka_unit_test(more_than_the_top_order_is_refused),
    cmocka_unit_test(equal_neighbours_that_are_not_buddies_stay_two),
    cmocka_unit_test(buddies_merge_all_the_way_up),
    cmocka_unit_test(top_blocks_side_by_side_do_not_merge),
    cmocka_unit_test(a_free_buddy_of_another_order_is_not_merged),
    cmocka_unit_test(every_page_of_a_compound_leads_to_its_head),
    cmocka_unit_test(a_freed_compound_is_undone),
    cmocka_unit_test(a_free_of_another_order_is_a_panic),
    cmocka_unit_test(a_frame_that_does_not_arrive_reserved_is_a_panic),
    cmocka_unit_test(a_buddy_outside_of_pages_is_not_merged),
    cmocka_unit_test(a_free_of_what_is_no_grant_is_a_panic),
    cmocka_unit_test(a_page_behind_a_compound_or_below_all_candidates_is_its_own_head),
};

int
main(int argc, char **argv) {
    return host_test_main("buddy", tests, ARRAY_SIZE(tests), argc, argv);
}
