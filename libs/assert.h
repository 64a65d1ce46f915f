/*
 * assert.h - checks that stay on in every build.
 *
 * Each environment (kernel, host tests, judge, browser) defines __panic,
 * __warn and caller_name once; libs and policies only call them.
 */
#ifndef LIBS_ASSERT_H
#define LIBS_ASSERT_H

#include "defs.h"

/* Say what broke, where and with which values; never returns. */
__noreturn void __panic(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Say it and go on: for old files only, ours panic or return an error. */
void __warn(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "function+0x12" for a return address, or "?"; valid until the next call. */
const char *caller_name(const void *pc);

#define panic(...) __panic(__FILE__, __LINE__, __VA_ARGS__)
#define warn(...)  __warn(__FILE__, __LINE__, __VA_ARGS__)

#define assert(x) ((x) ? (void)0 : panic("assertion failed: %s", #x))

/* At compile time; one argument is enough, anywhere a declaration may stand. */
#undef static_assert
#define static_assert(x, ...) _Static_assert(x, #x)

#endif
