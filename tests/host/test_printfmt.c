/* test_printfmt.c - libs/printfmt.c, with the host's C library as the oracle. */
#include "host_test.h"
#include <limits.h>

#include "rename.h"

#include "../../libs/printfmt.c"
#include "../../libs/string.c"

#include "rename.h"

static char our_text[512], their_text[512];

/* Without the format attribute: some formats here are wrong on purpose. */
static int
ours(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int length = pl_vsnprintf(our_text, sizeof(our_text), fmt, ap);
    va_end(ap);
    return length;
}

static int
theirs(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int length = vsnprintf(their_text, sizeof(their_text), fmt, ap);
    va_end(ap);
    return length;
}

#define assert_same_as_libc(...)                                                                   \
    do {                                                                                           \
        int our_length = ours(__VA_ARGS__);                                                        \
        int their_length = theirs(__VA_ARGS__);                                                    \
        assert_string_equal(our_text, their_text);                                                 \
        assert_int_equal(our_length, their_length);                                                \
    } while (0)

#define assert_prints(expected, ...)                                                               \
    do {                                                                                           \
        int our_length = ours(__VA_ARGS__);                                                        \
        assert_string_equal(our_text, expected);                                                   \
        assert_int_equal(our_length, strlen(expected));                                            \
    } while (0)

static const int64_t values[] = {
    0,
    1,
    -1,
    7,
    8,
    9,
    10,
    -10,
    127,
    128,
    -128,
    -129,
    255,
    256,
    32767,
    32768,
    -32768,
    65535,
    65536,
    INT32_MAX,
    INT32_MIN,
    UINT32_MAX,
    (int64_t)UINT32_MAX + 1,
    INT64_MAX,
    INT64_MIN,
    INT64_MIN + 1,
    0x123456789abcdef,
};

/* The value as an argument of the type that the length says. */
static void
compare_value(const char *fmt, const char *length, int64_t value) {
    if (strcmp(length, "l") == 0) {
        assert_same_as_libc(fmt, (long)value);
    } else if (strcmp(length, "ll") == 0) {
        assert_same_as_libc(fmt, (long long)value);
    } else if (strcmp(length, "z") == 0) {
        assert_same_as_libc(fmt, (size_t)value);
    } else if (strcmp(length, "t") == 0) {
        assert_same_as_libc(fmt, (ptrdiff_t)value);
    } else if (strcmp(length, "j") == 0) {
        assert_same_as_libc(fmt, (intmax_t)value);
    } else {
        assert_same_as_libc(fmt, (int)value);
    }
}

static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z", "t", "j"};

/* Every conversion and length with these flags, width and precision. */
static void
compare_conversions(const char *flags, const char *width, const char *precision) {
    for (const char *letter = "diuoxX"; *letter != '\0'; letter++) {
        for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
            char fmt[32];
            snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", flags, width, precision, lengths[i],
                     *letter);
            for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
                compare_value(fmt, lengths[i], values[v]);
            }
        }
    }
}

/* The flags of which a bit is set in `set`. */
static void
spell_flags(unsigned set, char *flags) {
    for (const char *flag = "-0#+ "; *flag != '\0'; flag++, set >>= 1) {
        if (set & 1) {
            *flags++ = *flag;
        }
    }
    *flags = '\0';
}

static void
integers_agree_with_libc_for_all_flags_widths_and_precisions(void **state) {
    (void)state;
    const char *const widths[] = {"", "1", "7", "24"};
    const char *const precisions[] = {"", ".", ".0", ".3", ".22"};
    for (unsigned set = 0; set < 32; set++) {
        char flags[8];
        spell_flags(set, flags);
        for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
            for (size_t p = 0; p < ARRAY_SIZE(precisions); p++) {
                compare_conversions(flags, widths[w], precisions[p]);
            }
        }
    }
}

static void
the_smallest_numbers_are_right(void **state) {
    (void)state;
    assert_prints("-9223372036854775808", "%ld", INT64_MIN);
    assert_prints("-2147483648", "%d", INT_MIN);
    assert_prints("18446744073709551615", "%lu", UINT64_MAX);
    assert_prints("1777777777777777777777", "%lo", UINT64_MAX);
}

static void
strings_and_characters_agree_with_libc(void **state) {
    (void)state;
    const char *const formats[] = {"<%s>",  "<%0.0s>", "<%.2s>",  "<%.9s>",
                                   "<%6s>", "<%-6s>",  "<%6.2s>", "<%-6.2s>"};
    const char *const texts[] = {"", "a", "abc", "abcdefgh", "\xe4\xb8\xad"};
    for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
        for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
            assert_same_as_libc(formats[f], texts[t]);
        }
    }
    assert_same_as_libc("<%c%3c%-3c>", 'x', 'y', 0xe4);
    assert_int_equal(ours("a%cb", 0), 3);
    assert_memory_equal(our_text, "a\0b", 4);
}

static void
a_string_is_not_read_beyond_its_precision(void **state) {
    (void)state;
    char *text = host_copy("abcd", 4);

    assert_prints("abcd|abc", "%.4s|%.*s", text, 3, text);

    free(text);
}

static void
a_missing_string_is_printed_as_null(void **state) {
    (void)state;
    assert_prints("(null)|  (null)|(nu", "%s|%8s|%.3s", NULL, NULL, NULL);
}

static void
widths_and_precisions_from_arguments_agree_with_libc(void **state) {
    (void)state;
    const int widths[] = {0, 1, 9, -1, -9};
    const int precisions[] = {0, 1, 5, -1, -9, INT_MIN};
    for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
        assert_same_as_libc("<%*d|%0*x>", widths[w], 42, widths[w], 42);
        for (size_t p = 0; p < ARRAY_SIZE(precisions); p++) {
            assert_same_as_libc("<%*.*d>", widths[w], precisions[p], -42);
            assert_same_as_libc("<%*.*s>", widths[w], precisions[p], "text");
        }
    }
}

static void
pointers_are_hexadecimal_with_a_prefix(void **state) {
    (void)state;
    assert_prints("0xffffffffc0200000", "%p", (void *)0xffffffffc0200000);
    assert_prints("0x0", "%p", NULL);
    assert_prints("  0x10|0x10  |0x0010", "%6p|%-6p|%06p", (void *)16, (void *)16, (void *)16);
}

static void
errors_have_names_with_either_sign(void **state) {
    (void)state;
    assert_prints("no such process", "%e", E_BAD_PROC);
    assert_prints("out of memory", "%e", -E_NO_MEM);
    assert_prints("bad address|unspecified error", "%e|%le", -E_FAULT, (long)E_UNSPECIFIED);
    assert_prints("   bad address|bad", "%14e|%.3e", E_FAULT, E_FAULT);
}

static void
unknown_errors_are_numbers(void **state) {
    (void)state;
    char next[20];
    snprintf(next, sizeof(next), "error %d", E_MAX + 1);
    assert_prints(next, "%e", E_MAX + 1);
    assert_prints("error 1000|error 1000|error 0", "%e|%e|%e", 1000, -1000, 0);
    assert_prints("error 2147483648", "%e", INT_MIN);
    assert_prints("error 9223372036854775808", "%le", INT64_MIN);
}

static void
an_unknown_conversion_is_printed_as_it_stands(void **state) {
    (void)state;
    assert_prints("%y 1", "%y %d", 1);
    assert_prints("%-08.3ly 1", "%-08.3ly %d", 1);
    assert_prints("%n|%f|%k", "%n|%f|%k");
}

static void
a_format_that_ends_early_is_printed_as_it_stands(void **state) {
    (void)state;
    assert_prints("%", "%");
    assert_prints("100%", "%d%", 100);
    assert_prints("%-08.5ll", "%-08.5ll");
}

static void
percent_signs_and_plain_text_pass(void **state) {
    (void)state;
    assert_prints("", "%s", "");
    assert_prints("100% of it\n", "%d%% of it\n", 100);
}

/* What is understood of the format behind its %; nothing is printed. */
static struct spec
parsed(const char *fmt, ...) {
    struct spec spec;
    struct job job = {.putch = NULL};
    va_start(job.args, fmt);
    parse_spec(&job, fmt, &spec);
    va_end(job.args);
    return spec;
}

static void
a_width_too_large_for_an_int_is_the_largest_int(void **state) {
    (void)state;
    struct spec spec = parsed("99999999999999999999.99999999999999999999d");

    assert_int_equal(spec.width, INT_MAX);
    assert_int_equal(spec.precision, INT_MAX);
    assert_int_equal(parsed("*d", INT_MIN).width, INT_MAX);
}

static void
snprintf_cuts_at_every_size_and_tells_the_full_length(void **state) {
    (void)state;
    for (size_t size = 0; size < 12; size++) {
        char theirs_cut[16];
        char *text = host_copy("xxxxxxxxxxxx", size);
        memset(theirs_cut, 'x', sizeof(theirs_cut));
        int want = snprintf(theirs_cut, size, "%s-%d", "abcd", 1234);
        assert_int_equal(pl_snprintf(text, size, "%s-%d", "abcd", 1234), want);
        assert_memory_equal(text, theirs_cut, size);
        free(text);
    }
    assert_int_equal(pl_snprintf(NULL, 0, "%d", 12345), 5);
}

static void
collect(int c, void *putdat) {
    char *text = putdat;
    size_t n = strlen(text);
    text[n] = (char)c;
    text[n + 1] = '\0';
}

static void
printfmt_hands_each_character_to_the_sink(void **state) {
    (void)state;
    char text[32] = "";

    printfmt(collect, text, "%d+%d=%s", 1, 2, "3");

    assert_string_equal(text, "1+2=3");
}

static void
remember(int c, void *putdat) {
    *(int *)putdat = c;
}

static void
the_sink_gets_characters_as_unsigned(void **state) {
    (void)state;
    int last = 0;

    printfmt(remember, &last, "\xff");

    assert_int_equal(last, 0xff);
}

static void
call_twice(char *text, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vprintfmt(collect, text, fmt, ap);
    vprintfmt(collect, text, fmt, ap);
    va_end(ap);
}

static void
vprintfmt_leaves_the_callers_arguments_alone(void **state) {
    (void)state;
    char text[32] = "";

    call_twice(text, "%d %s;", 1, "a");

    assert_string_equal(text, "1 a;1 a;");
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_agree_with_libc_for_all_flags_widths_and_precisions),
        cmocka_unit_test(the_smallest_numbers_are_right),
        cmocka_unit_test(strings_and_characters_agree_with_libc),
        cmocka_unit_test(a_string_is_not_read_beyond_its_precision),
        cmocka_unit_test(a_missing_string_is_printed_as_null),
        cmocka_unit_test(widths_and_precisions_from_arguments_agree_with_libc),
        cmocka_unit_test(pointers_are_hexadecimal_with_a_prefix),
        cmocka_unit_test(errors_have_names_with_either_sign),
        cmocka_unit_test(unknown_errors_are_numbers),
        cmocka_unit_test(an_unknown_conversion_is_printed_as_it_stands),
        cmocka_unit_test(a_format_that_ends_early_is_printed_as_it_stands),
        cmocka_unit_test(percent_signs_and_plain_text_pass),
        cmocka_unit_test(a_width_too_large_for_an_int_is_the_largest_int),
        cmocka_unit_test(snprintf_cuts_at_every_size_and_tells_the_full_length),
        cmocka_unit_test(printfmt_hands_each_character_to_the_sink),
        cmocka_unit_test(the_sink_gets_characters_as_unsigned),
        cmocka_unit_test(vprintfmt_leaves_the_callers_arguments_alone),
    };
    return host_test_main("printfmt", tests, ARRAY_SIZE(tests), argc, argv);
}
