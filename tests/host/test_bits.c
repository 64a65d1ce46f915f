/* test_bits.c - libs/bits.h: powers of two and the ends of a word, by instruction and in C. */
#include "host_test.h"

#include "bits.h"

/* Once more, as it is where no instruction counts zeros. */
#undef LIBS_BITS_H
#define BIT_SCANS_IN_C
#define bit_of          bit_of_in_c
#define is_power_of_two is_power_of_two_in_c
#define bit_number      bit_number_in_c
#define bit_lowest      bit_lowest_in_c
#define bit_highest     bit_highest_in_c
#define log2_ceil       log2_ceil_in_c
#include "bits.h"
#undef bit_of
#undef is_power_of_two
#undef bit_number
#undef bit_lowest
#undef bit_highest
#undef log2_ceil

#define RANDOM_WORDS 10000

static void
assert_scans_are(uint64_t x, unsigned lowest, unsigned highest) {
    assert_int_equal(bit_lowest(x), lowest);
    assert_int_equal(bit_lowest_in_c(x), lowest);
    assert_int_equal(bit_highest(x), highest);
    assert_int_equal(bit_highest_in_c(x), highest);
}

static void
each_bit_alone_is_the_lowest_and_the_highest(void **state) {
    (void)state;
    for (unsigned k = 0; k < 64; k++) {
        assert_scans_are((uint64_t)1 << k, k, k);
    }
}

static void
bits_between_two_others_do_not_matter(void **state) {
    (void)state;
    for (unsigned high = 0; high < 64; high++) {
        for (unsigned low = 0; low <= high; low++) {
            uint64_t ends = (uint64_t)1 << high | (uint64_t)1 << low;
            uint64_t all = UINT64_MAX >> (63 - high) & UINT64_MAX << low;
            assert_scans_are(ends, low, high);
            assert_scans_are(all, low, high);
        }
    }
}

/* Words of every length, against a search bit by bit. */
static void
random_words_are_scanned_as_by_a_search(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < RANDOM_WORDS; i++) {
        uint64_t x = host_random(&seed) >> i % 64 | (uint64_t)1 << 63 >> i % 64;
        unsigned lowest = 0, highest = 63;
        while ((x >> lowest & 1) == 0) {
            lowest++;
        }
        while ((x >> highest & 1) == 0) {
            highest--;
        }
        assert_scans_are(x, lowest, highest);
    }
}

static void
log2_is_rounded_up(void **state) {
    (void)state;
    assert_int_equal(log2_ceil(1), 0);
    assert_int_equal(log2_ceil_in_c(1), 0);
    for (unsigned k = 1; k < 64; k++) {
        size_t power = (size_t)1 << k;
        size_t n[3] = {power / 2 + 1, power - (k > 1), power};
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(log2_ceil(n[i]), k);
            assert_int_equal(log2_ceil_in_c(n[i]), k);
        }
    }
}

static void
powers_of_two_have_one_bit(void **state) {
    (void)state;
    assert_false(is_power_of_two(0));
    for (unsigned k = 0; k < 64; k++) {
        size_t power = (size_t)1 << k;
        assert_true(is_power_of_two(power));
        assert_true(is_power_of_two_in_c(power));
        assert_false(k > 0 && is_power_of_two(power + 1));
        assert_false(k > 1 && is_power_of_two(power - 1));
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bit_alone_is_the_lowest_and_the_highest),
        cmocka_unit_test(bits_between_two_others_do_not_matter),
        cmocka_unit_test(random_words_are_scanned_as_by_a_search),
        cmocka_unit_test(log2_is_rounded_up),
        cmocka_unit_test(powers_of_two_have_one_bit),
    };
    return host_test_main("bits", tests, ARRAY_SIZE(tests), argc, argv);
}
