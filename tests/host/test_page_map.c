/* test_page_map.c - kern/mm/page_map.c against an array of bytes. */
#include "host_test.h"

#include "page_map.h"

#define NFRAMES 200 /* several chunks, the last of them short */

static uint64_t room[NFRAMES];
static unsigned char model[NFRAMES];
static struct page_map map;

/* The map in room that holds anything. */
static void
start_map(size_t n) {
    memset(room, 0xa5, sizeof(room));
    memset(model, PAGE_IDLE, sizeof(model));
    page_map_init(&map, room, n);
}

static void
set_both(size_t i, size_t n, enum page_state state) {
    page_map_set(&map, i, n, state);
    memset(model + i, (int)state, n);
}

static void
check_against_model(void) {
    for (size_t i = 0; i < NFRAMES; i++) {
        assert_int_equal(page_map_get(&map, i), model[i]);
        for (unsigned state = 0; state <= PAGE_SLACK; state++) {
            size_t n = 0;
            while (i + n < NFRAMES && model[i + n] == state) {
                n++;
            }
            assert_int_equal(page_map_run(&map, i, NFRAMES, (enum page_state)state), n);
            assert_int_equal(page_map_run(&map, i, n / 2, (enum page_state)state), n / 2);
        }
    }
}

static void
every_frame_is_idle_at_first(void **state) {
    (void)state;
    start_map(NFRAMES);
    assert_int_equal(page_map_run(&map, 0, NFRAMES, PAGE_IDLE), NFRAMES);
    check_against_model();
}

/* What the map was not given stays as it is, whatever its length and whatever is done. */
static void
a_map_is_no_longer_than_it_says(void **state) {
    (void)state;
    for (size_t n = 1; n <= NFRAMES; n++) {
        start_map(n);
        assert_true(page_map_bytes(n) < sizeof(room));
        page_map_set(&map, 0, n, PAGE_LIVE);
        assert_int_equal(page_map_run(&map, 0, SIZE_MAX, PAGE_LIVE), n);
        page_map_set(&map, n / 2, 1, PAGE_START);
        for (size_t i = 0; i < n; i++) {
            page_map_open(&map, i);
        }
        page_map_set(&map, 0, n, PAGE_START);
        assert_int_equal(page_map_run(&map, 0, n + 1, PAGE_START), n);
        for (size_t i = page_map_bytes(n); i < sizeof(room); i++) {
            assert_int_equal(((unsigned char *)room)[i], 0xa5);
        }
    }
}

static void
any_range_takes_any_state_and_no_other_frame_changes(void **state) {
    (void)state;
    uint64_t random = 1;
    start_map(NFRAMES);
    for (int step = 0; step < 300; step++) {
        size_t i = host_random(&random) % NFRAMES;
        size_t n = host_random(&random) % (NFRAMES - i + 1);
        set_both(i, n, (enum page_state)(host_random(&random) % 4));
        if (step % 6 == 0) { /* chunks that are open already are not all there is to see */
            start_map(NFRAMES);
        }
        check_against_model();
    }
}

static void
a_range_may_end_at_a_chunk_or_at_the_end_of_the_map(void **state) {
    (void)state;
    start_map(NFRAMES);
    set_both(PAGE_CHUNK, PAGE_CHUNK, PAGE_LIVE);
    set_both(NFRAMES - 1, 1, PAGE_START);
    set_both(NFRAMES, 0, PAGE_SLACK);
    check_against_model();
}

/* Words are compared whole only where a run covers them whole. */
static void
a_run_ends_at_the_first_other_frame_wherever_it_begins(void **state) {
    (void)state;
    for (size_t other = 0; other < 128; other++) {
        start_map(NFRAMES);
        page_map_set(&map, 0, NFRAMES, PAGE_SLACK);
        page_map_set(&map, other, 1, PAGE_LIVE);
        for (size_t i = 0; i < 128; i++) {
            for (size_t end = 64; end <= 192; end += 64) {
                size_t expected = i <= other && other < end ? other - i : end - i;
                if (i < end) {
                    assert_int_equal(page_map_run(&map, i, end - i, PAGE_SLACK), expected);
                }
            }
        }
    }
}

static void
a_run_leaves_an_open_chunk_for_what_the_next_one_says(void **state) {
    (void)state;
    start_map(NFRAMES);
    memset(map.states, PAGE_LIVE, NFRAMES); /* of chunks that are not open, so it says nothing */
    page_map_set(&map, PAGE_CHUNK - 1, 1, PAGE_LIVE);
    assert_int_equal(page_map_run(&map, PAGE_CHUNK - 1, NFRAMES, PAGE_LIVE), 1);
    page_map_set(&map, PAGE_CHUNK, PAGE_CHUNK, PAGE_LIVE);
    assert_int_equal(page_map_run(&map, PAGE_CHUNK - 1, NFRAMES, PAGE_LIVE), PAGE_CHUNK + 1);
}

/* So a map of a large memory costs little, and touches little, before it is used. */
static void
only_chunks_whose_frames_differ_are_written_out(void **state) {
    (void)state;
    start_map(NFRAMES);
    page_map_set(&map, 0, 3 * PAGE_CHUNK, PAGE_LIVE);
    page_map_set(&map, PAGE_CHUNK, PAGE_CHUNK - 1, PAGE_LIVE); /* which they are already */
    for (size_t i = 0; i < NFRAMES; i++) {
        assert_false(page_map_is_open(&map, i));
        assert_int_equal(map.states[i], 0xa5);
    }
    page_map_set(&map, 2 * PAGE_CHUNK - 1, PAGE_CHUNK + 2, PAGE_START); /* one is taken whole */
    for (size_t i = 0; i < NFRAMES; i++) {
        size_t chunk = i / PAGE_CHUNK;
        assert_int_equal(page_map_is_open(&map, i), chunk == 1 || chunk == 3);
        assert_int_equal(map.states[i] != 0xa5, chunk == 1 || chunk == 3);
    }
}

static void
a_chunk_that_is_opened_keeps_its_states_and_stays_open(void **state) {
    (void)state;
    start_map(NFRAMES);
    set_both(0, 2 * PAGE_CHUNK, PAGE_SLACK);
    page_map_open(&map, PAGE_CHUNK + 1);
    assert_false(page_map_is_open(&map, PAGE_CHUNK - 1));
    assert_true(page_map_is_open(&map, PAGE_CHUNK));
    check_against_model();
    set_both(PAGE_CHUNK + 3, 1, PAGE_START);
    page_map_open(&map, PAGE_CHUNK + 1);
    check_against_model();
    set_both(0, NFRAMES, PAGE_IDLE);
    assert_true(page_map_is_open(&map, PAGE_CHUNK));
    page_map_init(&map, room, NFRAMES);
    assert_false(page_map_is_open(&map, PAGE_CHUNK));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_frame_is_idle_at_first),
    cmocka_unit_test(a_map_is_no_longer_than_it_says),
    cmocka_unit_test(any_range_takes_any_state_and_no_other_frame_changes),
    cmocka_unit_test(a_range_may_end_at_a_chunk_or_at_the_end_of_the_map),
    cmocka_unit_test(a_run_ends_at_the_first_other_frame_wherever_it_begins),
    cmocka_unit_test(a_run_leaves_an_open_chunk_for_what_the_next_one_says),
    cmocka_unit_test(only_chunks_whose_frames_differ_are_written_out),
    cmocka_unit_test(a_chunk_that_is_opened_keeps_its_states_and_stays_open),
};

int
main(int argc, char **argv) {
    return host_test_main("page_map", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
