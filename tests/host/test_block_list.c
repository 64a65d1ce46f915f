/* test_block_list.c - kern/mm/block_list.h by itself: B1-B4, and what it refuses. */
#include "host_test.h"

#include "block_list.h"
#include "host_env.h"

#define NFRAMES 32

static struct Page frames[NFRAMES];
static free_area_t area;

struct Page *pages = frames;
size_t npage, nbase;
uint64_t va_pa_offset;

static size_t said; /* lines that blocks_dump printed */

int
cprintf(const char *fmt, ...) {
    said += fmt[strlen(fmt) - 1] == '\n';
    return 0;
}

/* All frames reserved, and none in the list. */
static void
start(void) {
    nbase = 0x80000;
    npage = nbase + NFRAMES;
    for (size_t i = 0; i < NFRAMES; i++) {
        frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved, .property = 9, .ref = 9};
    }
    blocks_init(&area);
}

struct seen {
    size_t n;
    size_t first[NFRAMES], length[NFRAMES];
};

static void
see_block(struct Page *head, size_t n, void *arg) {
    struct seen *seen = arg;
    seen->first[seen->n] = (size_t)(head - frames);
    seen->length[seen->n++] = n;
}

/* B1-B4 of the list, which must hold the pairs first, length of `expected` up to a length of 0. */
static void
expect_blocks(const size_t *expected) {
    struct seen seen = {0};
    size_t sum = 0, n = 0, marks = 0;
    blocks_visit(&area, see_block, &seen);
    for (; expected[2 * n + 1] != 0; n++) {
        assert_int_equal(seen.first[n], expected[2 * n]);
        assert_int_equal(seen.length[n], expected[2 * n + 1]);
        assert_true(PageProperty(&frames[seen.first[n]]));
        sum += seen.length[n];
    }
    for (size_t i = 0; i < NFRAMES; i++) {
        marks += PageProperty(&frames[i]);
    }
    assert_int_equal(seen.n, n);
    assert_int_equal(marks, n);
    assert_int_equal(area.nr_free, sum);
}

#define expect(...) expect_blocks((const size_t[]){__VA_ARGS__, 0, 0})

static void
frames_are_taken_in_clean(void **state) {
    (void)state;
    start();
    blocks_add_memory(&area, &frames[4], 8);
    expect(4, 8);
    for (size_t i = 5; i < 12; i++) {
        assert_int_equal(frames[i].flags, 0);
        assert_int_equal(frames[i].property, 0);
        assert_int_equal(frames[i].ref, 0);
    }
    assert_int_equal(frames[4].ref, 0);
    assert_true(PageReserved(&frames[3]) && frames[3].ref == 9);
    assert_true(PageReserved(&frames[12]) && frames[12].ref == 9);
}

static void
every_frame_has_to_arrive_reserved(void **state) {
    (void)state;
    static size_t i; /* not local: a panic's longjmp would lose it */
    for (i = 4; i < 12; i++) {
        start();
        ClearPageReserved(&frames[i]);
        expect_panic(blocks_add_memory(&area, &frames[4], 8), "PageReserved");
    }
}

/* The gap between two blocks is filled, from below, from above, exactly, or not at all. */
static void
a_block_joins_the_neighbours_that_it_touches_and_no_others(void **state) {
    (void)state;
    static const struct {
        size_t first, n;
        size_t expected[8];
    } cases[] = {
        {8, 2, {4, 6, 16, 4, 0, 0}},  {14, 2, {4, 4, 14, 6, 0, 0}},
        {8, 8, {4, 16, 0, 0}},        {10, 2, {4, 4, 10, 2, 16, 4, 0, 0}},
        {0, 4, {0, 8, 16, 4, 0, 0}},  {0, 3, {0, 3, 4, 4, 16, 4, 0, 0}},
        {20, 2, {4, 4, 16, 6, 0, 0}}, {21, 2, {4, 4, 16, 4, 21, 2, 0, 0}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        start();
        blocks_add_memory(&area, &frames[16], 4);
        blocks_add_memory(&area, &frames[4], 4);
        expect(4, 4, 16, 4);
        blocks_put(&area, &frames[cases[i].first], cases[i].n);
        expect_blocks(cases[i].expected);
    }
}

static void
pages_are_cut_off_the_low_end(void **state) {
    (void)state;
    start();
    blocks_add_memory(&area, &frames[16], 4);
    blocks_add_memory(&area, &frames[4], 8);
    assert_ptr_equal(blocks_take(&area, &frames[4], 3), &frames[4]);
    expect(7, 5, 16, 4);
    assert_ptr_equal(blocks_take(&area, &frames[7], 5), &frames[7]);
    expect(16, 4);
    assert_ptr_equal(blocks_take(&area, &frames[16], 1), &frames[16]);
    expect(17, 3);
}

static void
more_than_a_block_holds_cannot_be_cut_off(void **state) {
    (void)state;
    start();
    blocks_add_memory(&area, &frames[4], 8);
    expect_panic(blocks_take(&area, &frames[4], 9), "block->property >= n");
    expect(4, 8);
}

static void
a_block_may_be_longer_than_16_bits_can_say(void **state) {
    (void)state;
    static struct Page many[100000];
    start();
    blocks_put(&area, many, 100000);
    assert_int_equal(area.nr_free, 100000);
    assert_int_equal(many[0].property, 100000);
    blocks_take(&area, many, 70000);
    assert_int_equal(area.nr_free, 30000);
    assert_int_equal(many[70000].property, 30000);
}

static void
init_forgets_every_block(void **state) {
    (void)state;
    start();
    blocks_add_memory(&area, &frames[4], 8);
    blocks_init(&area);
    assert_true(list_empty(&area.free_list));
    assert_int_equal(area.nr_free, 0);
}

static void
what_is_granted_is_what_was_asked_for(void **state) {
    (void)state;
    assert_int_equal(blocks_grant(0), 0);
    assert_int_equal(blocks_grant(45), 45);
    assert_int_equal(blocks_grant(SIZE_MAX), SIZE_MAX);
}

static void
a_dump_has_a_line_for_each_block_and_one_for_the_sum(void **state) {
    (void)state;
    start();
    blocks_add_memory(&area, &frames[4], 8);
    blocks_add_memory(&area, &frames[16], 4);
    said = 0;
    blocks_dump(&area);
    assert_int_equal(said, 3);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(frames_are_taken_in_clean),
    cmocka_unit_test(every_frame_has_to_arrive_reserved),
    cmocka_unit_test(a_block_joins_the_neighbours_that_it_touches_and_no_others),
    cmocka_unit_test(pages_are_cut_off_the_low_end),
    cmocka_unit_test(more_than_a_block_holds_cannot_be_cut_off),
    cmocka_unit_test(a_block_may_be_longer_than_16_bits_can_say),
    cmocka_unit_test(init_forgets_every_block),
    cmocka_unit_test(what_is_granted_is_what_was_asked_for),
    cmocka_unit_test(a_dump_has_a_line_for_each_block_and_one_for_the_sum),
};

int
main(int argc, char **argv) {
    return host_test_main("block_list", tests, ARRAY_SIZE(tests), argc, argv);
}
