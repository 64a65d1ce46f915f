/*
 * host_env.h - what libs/assert.h asks of an environment, for host tests.
 *
 * Defines __panic, __warn and caller_name: include it in one file of a program,
 * behind host_test.h.
 */
#ifndef TESTS_HOST_ENV_H
#define TESTS_HOST_ENV_H

#include "host_test.h"

#ifndef LIBS_ASSERT_H
#undef assert
#endif
#include "assert.h"

/* What the last panic said; while armed, a panic jumps to panic_jmp. */
static char panic_text[512];
static jmp_buf panic_jmp;
static bool panic_armed;
static char panic_at[200]; /* file:line */

void
__panic(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(panic_text, sizeof(panic_text), fmt, ap);
    va_end(ap);
    snprintf(panic_at, sizeof(panic_at), "%s:%d", file, line);
    if (panic_armed) {
        panic_armed = false;
        longjmp(panic_jmp, 1);
    }
    fprintf(stderr, "panic at %s:%d: %s\n", file, line, panic_text);
    abort();
}

void
__warn(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "warning at %s:%d: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

/* For tests that give names to callers: their addresses are texts. */
static bool callers_are_names;

const char *
caller_name(const void *pc) {
    return callers_are_names ? pc : "?";
}

/* What a model finds wrong is a panic, which stops a fuzzer, too. */
#define must(right, ...) ((right) ? (void)0 : panic(__VA_ARGS__))

/* For tools/coverage: this panic was expected, and said what it should. */
static inline void
note_panic(void) {
    const char *name = getenv("PAGELAB_PANICS");
    FILE *list = name == NULL ? NULL : fopen(name, "a");
    if (list != NULL) {
        fprintf(list, "%s\n", panic_at);
        fclose(list);
    }
}

/* The test goes on only if `statement` panics with a text that has `substring` in it. */
#define expect_panic(statement, substring)                                                         \
    do {                                                                                           \
        panic_armed = true;                                                                        \
        panic_text[0] = '\0';                                                                      \
        if (setjmp(panic_jmp) == 0) {                                                              \
            statement;                                                                             \
            panic_armed = false;                                                                   \
            fail_msg("no panic from: %s", #statement);                                             \
        }                                                                                          \
        if (strstr(panic_text, substring) == NULL) {                                               \
            fail_msg("the panic says '%s', not '%s'", panic_text, substring);                      \
        }                                                                                          \
        note_panic();                                                                              \
    } while (0)

#endif
