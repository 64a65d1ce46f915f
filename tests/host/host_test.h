/*
 * host_test.h - what every host test starts with.
 *
 * A test's name is a sentence; its program takes one name as an argument to run
 * it alone.
 */
#ifndef TESTS_HOST_TEST_H
#define TESTS_HOST_TEST_H

#ifndef _POSIX_C_SOURCE /* strnlen; so this header comes first */
#define _POSIX_C_SOURCE 200809L
#endif

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Whether one of the tests is called `name`. */
static inline bool
host_test_exists(const struct CMUnitTest *tests, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(tests[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The exit status: 0 all passed, 1 some failed, 2 there is no test of that name. */
static inline int
host_test_main(const char *group, const struct CMUnitTest *tests, size_t n, int argc, char **argv) {
    if (argc > 1) {
        if (!host_test_exists(tests, n, argv[1])) {
            fprintf(stderr, "%s: no test is called '%s'\n", group, argv[1]);
            return 2;
        }
        cmocka_set_test_filter(argv[1]);
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* whoever reads along sees a failure at once */
    return _cmocka_run_group_tests(group, tests, n, NULL, NULL) == 0 ? 0 : 1;
}

/* A fixed sequence of pseudo-random numbers (xorshift64): a failure can be repeated. */
static inline uint64_t
host_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A copy of n bytes, with nothing readable before or behind it under ASan. */
static inline void *
host_copy(const void *bytes, size_t n) {
    void *copy = malloc(n);
    assert_non_null(copy);
    if (n > 0) {
        memcpy(copy, bytes, n);
    }
    return copy;
}

#endif
