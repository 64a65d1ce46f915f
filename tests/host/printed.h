/* printed.h - what was printed since the test last emptied it. */
#ifndef TESTS_HOST_PRINTED_H
#define TESTS_HOST_PRINTED_H

#include "host_test.h"

#include "stdio.h"

static char printed[1 << 14];

int
cprintf(const char *fmt, ...) {
    size_t used = strlen(printed);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(printed + used, sizeof(printed) - used, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && used + (size_t)n < sizeof(printed));
    return n;
}

#endif
