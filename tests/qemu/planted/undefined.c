/* undefined.c - one case of undefined behaviour for each name, for a kernel built to notice. */
#include "planted.h"
#include "stdio.h"
#include "string.h"

/* What the compiler cannot know. */
static volatile int most = INT32_MAX, least = INT32_MIN, zero, one = 1, minus = -1;
static volatile unsigned long huge = UINT64_MAX / 2;
static volatile long bytes[2];
static int *volatile null;

__attribute__((nonnull, noinline)) static int
first_of(const int *p) {
    return *p;
}

static int
signed_numbers(const char *what) {
    return strcmp(what, "add") == 0        ? most + one
           : strcmp(what, "sub") == 0      ? least - one
           : strcmp(what, "mul") == 0      ? most * minus * minus * 2
           : strcmp(what, "negate") == 0   ? -least
           : strcmp(what, "divide") == 0   ? most / zero
           : strcmp(what, "divide-1") == 0 ? least / minus
           : strcmp(what, "shift") == 0    ? one << (one + 31)
           : strcmp(what, "shift-1") == 0  ? most >> minus
                                           : 0;
}

static int
places(const char *what) {
    static int four[4];
    bool *truth = (bool *)bytes;
    bytes[0] = 2;
    return strcmp(what, "index") == 0        ? four[one + 3]
           : strcmp(what, "index-1") == 0    ? four[minus]
           : strcmp(what, "null") == 0       ? *null
           : strcmp(what, "misaligned") == 0 ? *(volatile int *)((volatile char *)bytes + one)
           : strcmp(what, "pointer") == 0    ? (int)(uintptr_t)((char *)truth + huge)
           : strcmp(what, "bool") == 0       ? *(volatile bool *)truth
           : strcmp(what, "argument") == 0   ? first_of(null)
                                             : 0;
}

void
planted(const char *what) {
    cprintf("planted: %d\n", signed_numbers(what) + places(what));
    if (strcmp(what, "unreachable") == 0) {
        __builtin_unreachable();
    }
}
