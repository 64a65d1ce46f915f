/* stdio.c - formatted output to descriptors, a call of the kernel for many characters. */
#include "file.h"
#include "syscall.h"
#include "tool.h"
#include "ulib.h"

struct batch {
    int fd;
    size_t used;
    int total;
    char bytes[256];
};

/* A program that has closed its output, or never got one, still reaches the console. */
static void
batch_flush(struct batch *b) {
    struct stat stat;
    if (b->fd == 0 || b->fd > 2 || fstat(b->fd, &stat) == 0) {
        write_all(b->fd, b->bytes, b->used);
    } else {
        for (size_t i = 0; i < b->used; i++) {
            syscall(SYS_putc, b->bytes[i]);
        }
    }
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
vfprintf(int fd, const char *fmt, va_list ap) {
    struct batch b = {.fd = fd};
    vprintfmt(batch_put, &b, fmt, ap);
    batch_flush(&b);
    return b.total;
}

int
fprintf(int fd, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vfprintf(fd, fmt, ap);
    va_end(ap);
    return n;
}

int
vcprintf(const char *fmt, va_list ap) {
    return vfprintf(1, fmt, ap);
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
    cprintf("%c", c);
}

int
cputs(const char *s) {
    return cprintf("%s\n", s);
}

/* The next byte of descriptor 0, or a number below 0 at the end. */
int
getchar(void) {
    unsigned char c;
    return read(0, &c, 1) == 1 ? c : -1;
}
