/* stdio.c - formatted output to the console, and waiting for a character. */
#include "stdio.h"
#include "clock.h"
#include "console.h"
#include "riscv.h"
#include "string.h"

/* Characters go to the firmware in batches: each call to it is a trap. */
struct batch {
    size_t used;
    int total;
    char bytes[120];
};

static void
batch_flush(struct batch *b) {
    console_write(b->bytes, b->used);
    b->used = 0;
}

static void
batch_put(int c, void *arg) {
    struct batch *b = arg;
    b->bytes[b->used++] = (char)c;
    b->total++;
    if (b->used == sizeof(b->bytes)) {
        batch_flush(b);
    }
}

int
vcprintf(const char *fmt, va_list ap) {
    struct batch b = {.used = 0};
    vprintfmt(batch_put, &b, fmt, ap);
    batch_flush(&b);
    return b.total;
}

int
cprintf(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vcprintf(fmt, ap);
    va_end(ap);
    return n;
}

void
cputchar(int c) {
    char byte = (char)c;
    console_write(&byte, 1);
}

int
cputs(const char *s) {
    return cprintf("%s\n", s);
}

/*
 * The console is polled: for a moment at full speed after a character, since
 * pasted ones follow at once, and then at each tick, so that an idle prompt sleeps.
 */
int
getchar(void) {
    static uint64_t last; /* in milliseconds, a character came */
    for (;;) {
        int c = console_getc();
        if (c > 0) {
            last = clock_milliseconds();
            return c;
        }
        if (clock_milliseconds() - last > 2) {
            wait_for_interrupt();
        }
    }
}
