/*
 * fs_process.h - one process and a tree with a small archive; what its files are asked for.
 *
 * Behind host_test.h; in one file of a program.
 */
#ifndef TESTS_HOST_FS_PROCESS_H
#define TESTS_HOST_FS_PROCESS_H

#include "cpio_builder.h"
#include "file.h"
#include "fs_env.h"

static struct cpio c;
static struct files *f;

/* An archive with /bin/ls and /etc/motd, and nothing open. */
static inline void
begin(void) {
    c.n = 0;
    cpio_file(&c, "bin/ls", "a program");
    cpio_file(&c, "etc/motd", "welcome\n");
    cpio_end(&c);
    assert_null(fs_init(c.bytes, c.n));
    f = files_create();
    assert_non_null(f);
}

/* Nothing is left of all that was made. */
static inline void
finish(void) {
    files_destroy(f);
    node_unlink_all(&fs_root);
    assert_int_equal(fs_root.refs, 1);
    assert_int_equal(live_heap, 0);
    assert_int_equal(live_pages, 0);
}

static inline int
must_open(const char *path, uint32_t flags) {
    int fd = file_open(f, path, flags);
    assert_true(fd >= 0);
    return fd;
}

static inline void
put(const char *path, const char *text) {
    int fd = must_open(path, O_WRONLY | O_CREAT | O_TRUNC);
    assert_int_equal(file_write(f, fd, text, strlen(text)), strlen(text));
    assert_int_equal(file_close(f, fd), 0);
}

static inline void
assert_reads(int fd, const char *text) {
    char got[200] = "";
    assert_int_equal(file_read(f, fd, got, sizeof(got) - 1), strlen(text));
    assert_string_equal(got, text);
}

/* ---- a text for a device --------------------------------------------------------------------- */

static int printings;

static inline void
print_long_text(putch_t putch, void *arg) {
    printings++;
    for (int i = 0; i < 1000; i++) {
        printfmt(putch, arg, "%9d\n", i + printings);
    }
}

#endif
