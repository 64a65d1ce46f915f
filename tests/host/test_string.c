/* test_string.c - libs/string.c, with the host's C library as the oracle. */
#include "host_test.h"
#include <limits.h>

#include "rename.h"

#include "../../libs/string.c"

#include "rename.h"

static int
sign(int n) {
    return (n > 0) - (n < 0);
}

static const char *const samples[] = {
    "",     "a",     "b",     "ab", "abc", "abd", "abcdefghijklmnop", "abcdefghijklmnoq",
    "\x80", "a\xff", "a\x01",
};

static void
lengths_agree_with_libc(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        assert_int_equal(pl_strlen(samples[i]), strlen(samples[i]));
        for (size_t n = 0; n < 20; n++) {
            assert_int_equal(pl_strnlen(samples[i], n), strnlen(samples[i], n));
        }
    }
}

static void
strnlen_reads_no_byte_beyond_its_limit(void **state) {
    (void)state;
    char *text = host_copy("abcd", 4);

    assert_int_equal(pl_strnlen(text, 4), 4);

    free(text);
}

static void
comparisons_agree_with_libc(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(samples); j++) {
            const char *a = samples[i];
            const char *b = samples[j];
            assert_int_equal(sign(pl_strcmp(a, b)), sign(strcmp(a, b)));
            for (size_t n = 0; n < 20; n++) {
                assert_int_equal(sign(pl_strncmp(a, b, n)), sign(strncmp(a, b, n)));
            }
        }
    }
}

static void
strncmp_and_memcmp_read_no_byte_beyond_their_limit(void **state) {
    (void)state;
    char *a = host_copy("abcd", 4);
    char *b = host_copy("abcd", 4);

    assert_int_equal(pl_strncmp(a, b, 4), 0);
    assert_int_equal(pl_memcmp(a, b, 4), 0);

    free(a);
    free(b);
}

static void
strcpy_copies_the_end_and_nothing_more(void **state) {
    (void)state;
    char to[] = "xxxxxxxx";

    char *result = pl_strcpy(to, "abc");

    assert_ptr_equal(result, to);
    assert_memory_equal(to, "abc\0xxxx", sizeof(to));
}

static void
strncpy_agrees_with_libc(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        for (size_t n = 0; n <= 24; n++) {
            char ours[24], theirs[24];
            memset(ours, 'x', sizeof(ours));
            memset(theirs, 'x', sizeof(theirs));
            assert_ptr_equal(pl_strncpy(ours, samples[i], n), ours);
            strncpy(theirs, samples[i], n);
            assert_memory_equal(ours, theirs, sizeof(ours));
        }
    }
}

static void
strchr_finds_the_first_one_and_also_the_end(void **state) {
    (void)state;
    const char *text = "abcabc";
    for (int c = 0; c < 256; c++) {
        assert_ptr_equal(pl_strchr(text, c), strchr(text, c));
    }
    const char *high = "a\xe4";
    assert_ptr_equal(pl_strchr(high, 0xe4), high + 1);
}

static void
strfind_gives_the_end_when_there_is_none(void **state) {
    (void)state;
    const char *text = "key=value";

    assert_ptr_equal(pl_strfind(text, '='), text + 3);
    assert_ptr_equal(pl_strfind(text, '#'), text + 9);
    assert_ptr_equal(pl_strfind(text, '\0'), text + 9);
}

static const char *const numbers[] = {
    "",
    "0",
    "00",
    "7",
    "42",
    "-42",
    "+42",
    " \t\n\v\f\r42",
    "\b42",
    "- 42",
    "+-42",
    "--1",
    "-",
    "+",
    " ",
    "x",
    "0x",
    "0X1f",
    "0xg",
    "-0x10",
    "0x-1",
    "077",
    "08",
    "09",
    "12abc",
    "zz",
    "ZZ",
    "1_000",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775807",
    "-9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "-99999999999999999999999",
    "0x7fffffffffffffff",
    "0x8000000000000000",
    "-0x8000000000000000",
    "-0x8000000000000001",
    "0xffffffffffffffffffff",
    "18446744073709551615",
    "18446744073709551616",
    "92233720368547758070",
};

static void
strtol_agrees_with_libc_in_every_base(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        for (int base = 0; base <= 36; base++) {
            char *our_end, *their_end;
            if (base == 1) {
                continue;
            }
            long theirs = strtol(numbers[i], &their_end, base);
            assert_int_equal(pl_strtol(numbers[i], &our_end, base), theirs);
            assert_ptr_equal(our_end, their_end);
            assert_int_equal(pl_strtol(numbers[i], NULL, base), theirs);
        }
    }
}

static void
strtol_saturates(void **state) {
    (void)state;
    assert_int_equal(pl_strtol("9223372036854775808", NULL, 10), LONG_MAX);
    assert_int_equal(pl_strtol("-9223372036854775809", NULL, 10), LONG_MIN);
}

static void
strtol_takes_no_number_in_an_impossible_base(void **state) {
    (void)state;
    const int bases[] = {-1, 1, 37, INT_MAX, INT_MIN};
    for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
        const char *text = " 11";
        char *end = NULL;
        assert_int_equal(pl_strtol(text, &end, bases[i]), 0);
        assert_ptr_equal(end, text);
    }
}

#define SPAN 80 /* a few words, so that every alignment and rest occurs */

static void
number_the_bytes(unsigned char *bytes) {
    for (int i = 0; i < SPAN; i++) {
        bytes[i] = (unsigned char)(i + 1);
    }
}

static void
memset_agrees_with_libc_at_every_alignment(void **state) {
    (void)state;
    for (size_t at = 0; at < 16; at++) {
        for (size_t n = 0; n <= SPAN - 16; n++) {
            unsigned char ours[SPAN], theirs[SPAN];
            number_the_bytes(ours);
            number_the_bytes(theirs);
            assert_ptr_equal(pl_memset(ours + at, 0x1a5, n), ours + at);
            memset(theirs + at, 0x1a5, n);
            assert_memory_equal(ours, theirs, SPAN);
        }
    }
}

static void
memmove_agrees_with_libc_for_every_overlap(void **state) {
    (void)state;
    for (size_t to = 0; to < 32; to++) {
        for (size_t from = 0; from < 32; from++) {
            for (size_t n = 0; n <= SPAN - 32; n++) {
                unsigned char ours[SPAN], theirs[SPAN];
                number_the_bytes(ours);
                number_the_bytes(theirs);
                assert_ptr_equal(pl_memmove(ours + to, ours + from, n), ours + to);
                memmove(theirs + to, theirs + from, n);
                assert_memory_equal(ours, theirs, SPAN);
            }
        }
    }
}

static void
memcpy_agrees_with_libc_at_every_alignment(void **state) {
    (void)state;
    unsigned char source[SPAN];
    number_the_bytes(source);
    for (size_t to = 0; to < 8; to++) {
        for (size_t from = 0; from < 8; from++) {
            for (size_t n = 0; n <= SPAN - 8; n++) {
                unsigned char ours[SPAN] = {0}, theirs[SPAN] = {0};
                assert_ptr_equal(pl_memcpy(ours + to, source + from, n), ours + to);
                memcpy(theirs + to, source + from, n);
                assert_memory_equal(ours, theirs, SPAN);
            }
        }
    }
}

static void
block_functions_stay_inside_their_blocks(void **state) {
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        char *a = host_copy("0123456789012345678901234567890123456789", n);
        char *b = host_copy("abcdefghijabcdefghijabcdefghijabcdefghij", n);
        pl_memcpy(a, b, n);
        pl_memmove(b, a, n);
        assert_int_equal(pl_memcmp(a, b, n), 0);
        pl_memset(a, 0, n);
        free(a);
        free(b);
    }
}

static void
memcmp_agrees_with_libc_about_the_first_difference(void **state) {
    (void)state;
    unsigned char a[16] = {0};
    for (size_t at = 0; at < sizeof(a); at++) {
        for (int value = 0; value < 256; value += 51) {
            unsigned char b[16] = {0};
            b[at] = (unsigned char)value;
            b[15] = 0x7f;
            for (size_t n = 0; n <= sizeof(a); n++) {
                assert_int_equal(sign(pl_memcmp(a, b, n)), sign(memcmp(a, b, n)));
                assert_int_equal(sign(pl_memcmp(b, a, n)), sign(memcmp(b, a, n)));
            }
        }
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_agree_with_libc),
        cmocka_unit_test(strnlen_reads_no_byte_beyond_its_limit),
        cmocka_unit_test(comparisons_agree_with_libc),
        cmocka_unit_test(strncmp_and_memcmp_read_no_byte_beyond_their_limit),
        cmocka_unit_test(strcpy_copies_the_end_and_nothing_more),
        cmocka_unit_test(strncpy_agrees_with_libc),
        cmocka_unit_test(strchr_finds_the_first_one_and_also_the_end),
        cmocka_unit_test(strfind_gives_the_end_when_there_is_none),
        cmocka_unit_test(strtol_agrees_with_libc_in_every_base),
        cmocka_unit_test(strtol_saturates),
        cmocka_unit_test(strtol_takes_no_number_in_an_impossible_base),
        cmocka_unit_test(memset_agrees_with_libc_at_every_alignment),
        cmocka_unit_test(memmove_agrees_with_libc_for_every_overlap),
        cmocka_unit_test(memcpy_agrees_with_libc_at_every_alignment),
        cmocka_unit_test(block_functions_stay_inside_their_blocks),
        cmocka_unit_test(memcmp_agrees_with_libc_about_the_first_difference),
    };
    return host_test_main("string", tests, ARRAY_SIZE(tests), argc, argv);
}
