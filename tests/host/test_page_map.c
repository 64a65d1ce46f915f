/* test_page_map.c - kern/mm/page_map.c against an array of bytes. */
#include "host_test.h"

#include "page_map.h"

#define NFRAMES 200

static uint64_t words[(NFRAMES + 31) / 32];
static unsigned char model[NFRAMES];
static struct page_map map;

static void
check_against_model(void) {
    for (size_t i = 0; i < NFRAMES; i++) {
        assert_int_equal(page_map_get(&map, i), model[i]);
        for (unsigned state = 0; state < 4; state++) {
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
    memset(words, 0xff, sizeof(words));
    assert_int_equal(page_map_bytes(NFRAMES), sizeof(words));
    page_map_init(&map, words, NFRAMES);
    assert_int_equal(page_map_run(&map, 0, NFRAMES, PAGE_IDLE), NFRAMES);
}

/* Words that the map was not given stay as they are, whatever its length. */
static void
a_map_is_no_longer_than_it_says(void **state) {
    (void)state;
    for (size_t n = 1; n <= NFRAMES; n++) {
        size_t used = page_map_bytes(n) / sizeof(words[0]);
        uint64_t more[ARRAY_SIZE(words) + 1];
        memset(more, 0xff, sizeof(more));
        page_map_init(&map, more, n);
        page_map_set(&map, 0, n, PAGE_IDLE);
        assert_int_equal(page_map_run(&map, 0, SIZE_MAX, PAGE_IDLE), n);
        for (size_t w = 0; w < ARRAY_SIZE(more); w++) {
            assert_int_equal(more[w], w < used ? 0 : UINT64_MAX);
        }
        page_map_set(&map, 0, n, PAGE_START);
        assert_int_equal(page_map_run(&map, 0, n + 1, PAGE_START), n);
        assert_int_equal(more[used], UINT64_MAX);
    }
}

static void
any_range_takes_any_state_and_no_other_frame_changes(void **state) {
    (void)state;
    uint64_t random = 1;
    page_map_init(&map, words, NFRAMES);
    memset(model, 0, sizeof(model));
    for (int step = 0; step < 300; step++) {
        size_t i = host_random(&random) % NFRAMES;
        size_t n = host_random(&random) % (NFRAMES - i + 1);
        unsigned char s = (unsigned char)(host_random(&random) % 4);
        page_map_set(&map, i, n, (enum page_state)s);
        memset(model + i, s, n);
        check_against_model();
    }
}

static void
a_range_may_end_at_a_word_or_at_the_end_of_the_map(void **state) {
    (void)state;
    page_map_init(&map, words, NFRAMES);
    memset(model, 0, sizeof(model));
    page_map_set(&map, 32, 32, PAGE_LIVE);
    memset(model + 32, PAGE_LIVE, 32);
    page_map_set(&map, NFRAMES - 1, 1, PAGE_START);
    model[NFRAMES - 1] = PAGE_START;
    page_map_set(&map, NFRAMES, 0, PAGE_SLACK);
    check_against_model();
}

/* Words are compared whole only where a run covers them whole. */
static void
a_run_ends_at_the_first_other_frame_wherever_it_begins(void **state) {
    (void)state;
    for (size_t other = 0; other < 128; other++) {
        page_map_init(&map, words, NFRAMES);
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
    page_map_init(&map, words, NFRAMES);
    page_map_set(&map, 3, 1, PAGE_LIVE); /* the first word is 64 */
    assert_int_equal(page_map_run(&map, 0, 64, PAGE_IDLE), 3);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_frame_is_idle_at_first),
    cmocka_unit_test(a_map_is_no_longer_than_it_says),
    cmocka_unit_test(any_range_takes_any_state_and_no_other_frame_changes),
    cmocka_unit_test(a_run_ends_at_the_first_other_frame_wherever_it_begins),
    cmocka_unit_test(a_range_may_end_at_a_word_or_at_the_end_of_the_map),
};

int
main(int argc, char **argv) {
    return host_test_main("page_map", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
