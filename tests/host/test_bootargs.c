/* test_bootargs.c - kern/init/bootargs.c: the kernel's command line. */
#include "host_test.h"

#include "bootargs.h"

static struct bootargs args;

static const char *
parse(const char *line) {
    static char buffer[256];
    snprintf(buffer, sizeof(buffer), "%s", line);
    return bootargs_read(buffer, &args);
}

static void
an_empty_line_leaves_the_defaults(void **state) {
    (void)state;
    assert_null(parse(""));
    assert_null(args.pmm);
    assert_null(args.run);
    assert_true(args.checks);
    assert_false(args.batch);
    assert_int_equal(args.failpage + args.failslab, 0);
    assert_null(parse("   "));
}

static void
each_word_is_understood_in_any_order(void **state) {
    (void)state;
    assert_null(parse("batch  checks=off pmm=best_fit"));
    assert_string_equal(args.pmm, "best_fit");
    assert_false(args.checks);
    assert_true(args.batch);
    assert_false(args.legacy_sbi);
    assert_null(parse("checks=on sbi=legacy"));
    assert_true(args.checks);
    assert_true(args.legacy_sbi);
    assert_null(parse("failpage=1 failslab=2000"));
    assert_int_equal(args.failpage, 1);
    assert_int_equal(args.failslab, 2000);
}

static void
a_front_cache_is_asked_for_by_1(void **state) {
    (void)state;
    assert_null(parse("cache=1"));
    assert_true(args.cache);
    assert_null(parse("cache=1 cache=0"));
    assert_false(args.cache);
    assert_null(parse(""));
    assert_false(args.cache);
    assert_string_equal(parse("cache"), "cache");
    assert_string_equal(parse("cache=2"), "cache=2");
    assert_string_equal(parse("cache=10"), "cache=10");
}

static void
run_takes_the_rest_of_the_line_as_it_stands(void **state) {
    (void)state;
    assert_null(parse("pmm=x run=alloc 3;  panic 'a = b' pmm=y"));
    assert_string_equal(args.pmm, "x");
    assert_string_equal(args.run, "alloc 3;  panic 'a = b' pmm=y");
    assert_null(parse("run="));
    assert_string_equal(args.run, "");
}

static void
the_first_unknown_word_is_named(void **state) {
    (void)state;
    assert_string_equal(parse("batch nonsense pmm=x"), "nonsense");
    assert_string_equal(parse("checks=maybe"), "checks=maybe");
    assert_string_equal(parse("batchy"), "batchy");
}

static void
what_is_to_fail_is_named_by_a_number_from_1_on(void **state) {
    (void)state;
    static const char *const wrong[] = {"failpage=",   "failpage=0",
                                        "failpage=-1", "failslab=0x10",
                                        "failslab=1x", "failslab=9223372036854775807"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_string_equal(parse(wrong[i]), wrong[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_empty_line_leaves_the_defaults),
    cmocka_unit_test(each_word_is_understood_in_any_order),
    cmocka_unit_test(a_front_cache_is_asked_for_by_1),
    cmocka_unit_test(run_takes_the_rest_of_the_line_as_it_stands),
    cmocka_unit_test(the_first_unknown_word_is_named),
    cmocka_unit_test(what_is_to_fail_is_named_by_a_number_from_1_on),
};

int
main(int argc, char **argv) {
    return host_test_main("bootargs", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
