/* panic.c - a program's own bug ends it. */
#include "error.h"
#include "tool.h"
#include "ulib.h"

static void
say(const char *what, const char *file, int line, const char *fmt, va_list ap) {
    fprintf(2, "user %s at %s:%d:\n    ", what, file, line);
    vfprintf(2, fmt, ap);
    fprintf(2, "\n");
}

void
__panic(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say("panic", file, line, fmt, ap);
    exit(-E_UNSPECIFIED);
}

void
__warn(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say("warning", file, line, fmt, ap);
    va_end(ap);
}
