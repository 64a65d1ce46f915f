/* cpio_builder.h - archives for the tests, right ones and wrong ones. */
#ifndef TESTS_HOST_CPIO_BUILDER_H
#define TESTS_HOST_CPIO_BUILDER_H

#include "host_test.h"

enum { CPIO_FILE = 0100644, CPIO_DIR = 0040755, CPIO_LINK = 0120777 };

struct cpio {
    size_t n;
    char bytes[1 << 15];
};

static inline void
cpio_pad(struct cpio *c) {
    while (c->n % 4 != 0) {
        c->bytes[c->n++] = '\0';
    }
}

/* An entry as cpio(5) has it; where it starts. */
static inline size_t
cpio_add(struct cpio *c, unsigned mode, unsigned nlink, const char *name, const void *contents,
         size_t size) {
    size_t start = c->n, length = strlen(name) + 1;
    assert_true(c->n + 110 + length + size + 8 < sizeof(c->bytes));
    c->n += (size_t)sprintf(c->bytes + c->n,
                            "070701%08X%08x%08X%08X%08X%08X%08x%08X%08X%08X%08X%08zX%08X", 7, mode,
                            1, 2, nlink, 0x5f000000, (unsigned)size, 0, 0, 0, 0, length, 0);
    memcpy(c->bytes + c->n, name, length);
    c->n += length;
    cpio_pad(c);
    if (size > 0) {
        memcpy(c->bytes + c->n, contents, size);
    }
    c->n += size;
    cpio_pad(c);
    return start;
}

static inline size_t
cpio_file(struct cpio *c, const char *name, const char *text) {
    return cpio_add(c, CPIO_FILE, 1, name, text, strlen(text));
}

static inline size_t
cpio_end(struct cpio *c) {
    return cpio_add(c, 0, 1, "TRAILER!!!", NULL, 0);
}

#endif
