/* test_fs_contents.c - kern/fs: what is in files and pipes, and memory that runs out. */
#include "host_test.h"

#include "fs_process.h"
#include "pipe.h"
#include "tmpfs.h"

/* ---- contents -------------------------------------------------------------------------------- */

/* A file of /tmp beside an array, with holes, behind its end, over the borders of pages. */
static void
any_sequence_of_reads_writes_and_seeks_does_what_an_array_does(void **state) {
    (void)state;
    enum { MOST = 5 * PGSIZE + 100 };
    static uint8_t model[MOST], text[2 * PGSIZE], got[2 * PGSIZE];
    size_t size = 0;
    uint64_t random = 1;
    begin();
    int fd = must_open("/tmp/f", O_RDWR | O_CREAT);
    for (int i = 0; i < 3000; i++) {
        uint64_t r = host_random(&random);
        size_t at = r % (MOST - sizeof(text)), n = (r >> 16) % ((r >> 60) < 8 ? 50 : sizeof(text));
        bool from_end = (r >> 40) % 2 == 0;
        assert_int_equal(file_seek(f, fd, (off_t)at - (from_end ? (off_t)size : 0),
                                   from_end ? LSEEK_END : LSEEK_SET),
                         0);
        if ((r >> 41) % 3 == 0) {
            memset(text, (int)(r >> 48), n);
            assert_int_equal(file_write(f, fd, text, n), n);
            memcpy(model + at, text, n);
            size = n > 0 && size < at + n ? at + n : size;
        } else {
            size_t there = at >= size ? 0 : n < size - at ? n : size - at;
            assert_int_equal(file_read(f, fd, got, n), there);
            assert_memory_equal(got, model + at, there);
        }
        if (i % 300 == 299) {
            assert_int_equal(file_close(f, must_open("/tmp/f", O_WRONLY | O_TRUNC)), 0);
            assert_int_equal(live_pages, 0);
            memset(model, 0, sizeof(model));
            size = 0;
        }
    }
    finish();
}

static void
count_page(const struct Page *page, void *n) {
    assert_true(granted[page - frames]);
    ++*(size_t *)n;
}

static size_t
pages_found(void) {
    size_t n = 0;
    tmpfs_for_each_page(count_page, &n);
    return n;
}

/* By name or not; holes have none, and a longer table is the same file's. */
static void
every_page_of_a_file_is_found_once_until_it_is_given_back(void **state) {
    (void)state;
    begin();
    put("/tmp/first", "text");
    int fd = must_open("/tmp/second", O_RDWR | O_CREAT);
    put("/tmp/third", "text");
    for (off_t page = 0; page < 12; page += 3) {
        assert_int_equal(file_seek(f, fd, page * PGSIZE, LSEEK_SET), 0);
        assert_int_equal(file_write(f, fd, "x", 1), 1);
    }
    assert_int_equal(pages_found(), 6);
    assert_int_equal(file_unlink(f, "/tmp/second"), 0);
    assert_int_equal(pages_found(), 6);
    assert_int_equal(file_close(f, must_open("/tmp/first", O_WRONLY | O_TRUNC)), 0);
    assert_int_equal(pages_found(), 5);
    assert_int_equal(file_close(f, fd), 0);
    assert_int_equal(pages_found(), 1);
    assert_int_equal(live_pages, 1);
    put("/tmp/first", "text");
    assert_int_equal(pages_found(), 2);
    finish();
    assert_int_equal(pages_found(), 0);
}

static void
a_position_moves_from_the_start_the_end_or_where_it_is(void **state) {
    (void)state;
    int ends[2];
    begin();
    int fd = must_open("/bin/ls", O_RDONLY);
    assert_int_equal(file_seek(f, fd, 7, LSEEK_SET), 0);
    assert_int_equal(file_seek(f, fd, -5, LSEEK_CUR), 0);
    assert_reads(fd, "program");
    assert_int_equal(file_seek(f, fd, -3, LSEEK_END), 0);
    char byte;
    assert_int_equal(file_read(f, fd, &byte, 1), 1);
    assert_int_equal(byte, 'r');
    assert_reads(fd, "am");
    assert_int_equal(file_seek(f, fd, -1, LSEEK_SET), -E_INVAL);
    assert_int_equal(file_seek(f, fd, -10, LSEEK_END), -E_INVAL);
    assert_int_equal(file_seek(f, fd, INT64_MAX, LSEEK_CUR), -E_INVAL);
    assert_int_equal(file_seek(f, fd, 0, LSEEK_END + 1), -E_INVAL);
    assert_int_equal(file_seek(f, fd, 0, -1), -E_INVAL);
    assert_reads(fd, ""); /* where it was */
    assert_int_equal(file_seek(f, fd, INT64_MAX, LSEEK_SET), 0);
    assert_reads(fd, "");
    fd = must_open("/tmp/f", O_RDWR | O_CREAT);
    assert_int_equal(file_seek(f, fd, TMPFS_MAX_SIZE - 10, LSEEK_SET), 0);
    assert_int_equal(file_write(f, fd, "12345678", 8), 8);
    assert_int_equal(file_write(f, fd, "abc", 3), 2);
    assert_int_equal(file_write(f, fd, "c", 1), -E_TOO_BIG);
    assert_int_equal(file_write(f, fd, "c", 1), -E_TOO_BIG); /* it stands where it stood */
    assert_int_equal(file_write(f, fd, "", 0), 0);
    assert_int_equal(live_pages, 1);
    assert_int_equal(file_seek(f, must_open("/", O_RDONLY), 1, LSEEK_SET), 0);
    assert_int_equal(file_seek(f, must_open("/dev/null", O_RDONLY), 0, LSEEK_SET), -E_SEEK);
    assert_int_equal(file_pipe(f, ends), 0);
    assert_int_equal(file_seek(f, ends[0], 0, LSEEK_SET), -E_SEEK);
    finish();
}

static void
a_file_tells_what_it_is(void **state) {
    (void)state;
    static const struct {
        const char *path;
        uint32_t mode;
        size_t size, blocks;
    } known[] = {
        {"/bin/ls", S_IFREG, 9, 1},
        {"/", S_IFDIR, 0, 0},
        {"/dev/console", S_IFCHR, 0, 0},
        {"/tmp/empty", S_IFREG, 0, 0},
        {"/tmp/f", S_IFREG, 3 * PGSIZE + 1, 3},
    };
    struct stat stat;
    begin();
    put("/tmp/empty", "");
    put("/tmp/f", "page 0");
    int fd = must_open("/tmp/f", O_WRONLY);
    assert_int_equal(file_seek(f, fd, 2 * PGSIZE - 1, LSEEK_SET), 0);
    assert_int_equal(file_write(f, fd, "1", 1), 1);
    assert_int_equal(file_seek(f, fd, 3 * PGSIZE, LSEEK_SET), 0);
    assert_int_equal(file_write(f, fd, "3", 1), 1);
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        fd = must_open(known[i].path, O_RDONLY);
        assert_int_equal(file_stat(f, fd, &stat), 0);
        assert_int_equal(stat.st_mode, known[i].mode);
        assert_int_equal(stat.st_nlinks, 1);
        assert_int_equal(stat.st_size, known[i].size);
        assert_int_equal(stat.st_blocks, known[i].blocks);
    }
    assert_int_equal(file_unlink(f, "/tmp/f"), 0);
    assert_int_equal(file_stat(f, fd, &stat), 0);
    assert_int_equal(stat.st_nlinks, 0);
    finish();
}

/* ---- pipes ----------------------------------------------------------------------------------- */

static int ends[2];
static size_t moved; /* bytes that the others read or wrote */

static void
begin_pipe(void) {
    begin();
    assert_int_equal(file_pipe(f, ends), 0);
    waits = 0;
    moved = 0;
}

static bool
others_read(void) {
    static uint8_t got[1000];
    long n = file_read(f, ends[0], got, sizeof(got));
    for (long i = 0; i < n; i++) {
        assert_int_equal(got[i], (uint8_t)moved++);
    }
    return true;
}

static bool
others_write(void) {
    assert_int_equal(file_write(f, ends[1], "late", 4), 4);
    return true;
}

static bool
others_close_the_reader(void) {
    return file_close(f, ends[0]) == 0;
}

static bool
others_close_the_writer(void) {
    return file_close(f, ends[1]) == 0;
}

static void
bytes_leave_a_pipe_in_their_order_and_a_full_one_waits_for_readers(void **state) {
    (void)state;
    static uint8_t text[5 * PIPE_SIZE];
    struct stat stat;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)i;
    }
    begin_pipe();
    meanwhile = others_read;
    assert_int_equal(file_write(f, ends[1], text, sizeof(text)), sizeof(text));
    assert_true(waits > 4);
    assert_int_equal(file_stat(f, ends[0], &stat), 0);
    assert_int_equal(stat.st_mode, S_IFIFO);
    assert_int_equal(stat.st_nlinks, 0);
    assert_int_equal(stat.st_size, sizeof(text) - moved);
    while (moved < sizeof(text)) {
        others_read();
    }
    assert_int_equal(file_stat(f, ends[0], &stat), 0);
    assert_int_equal(stat.st_size, 0);
    finish();
}

static void
an_empty_pipe_waits_for_a_writer_and_ends_when_there_is_none(void **state) {
    (void)state;
    begin_pipe();
    meanwhile = others_write;
    assert_reads(ends[0], "late");
    assert_int_equal(waits, 1);
    meanwhile = NULL;
    assert_int_equal(file_read(f, ends[0], &(char[1]){0}, 1), -E_KILLED);
    assert_int_equal(file_read(f, ends[0], &(char[1]){0}, 0), 0);
    assert_int_equal(file_write(f, ends[1], "last", 4), 4);
    int again = file_dup(f, ends[1], -1);
    assert_int_equal(file_close(f, again), 0);
    meanwhile = others_close_the_writer;
    assert_reads(ends[0], "last");
    assert_reads(ends[0], "");
    assert_int_equal(waits, 3);
    assert_reads(ends[0], "");
    assert_int_equal(waits, 3);
    assert_int_equal(file_write(f, ends[0], "x", 1), -E_INVAL);
    finish();
}

static void
a_pipe_that_nobody_reads_is_an_error_to_write_to(void **state) {
    (void)state;
    static char text[PIPE_SIZE + 10];
    begin_pipe();
    meanwhile = NULL;
    assert_int_equal(file_write(f, ends[1], text, sizeof(text)), PIPE_SIZE);
    assert_int_equal(file_write(f, ends[1], text, 1), -E_KILLED);
    assert_int_equal(file_read(f, ends[0], text, 1), 1);
    assert_int_equal(file_write(f, ends[1], text, 2), 1);
    assert_int_equal(file_read(f, ends[1], text, 1), -E_INVAL);
    meanwhile = others_close_the_reader;
    assert_int_equal(file_write(f, ends[1], text, 1), -E_PIPE);
    assert_int_equal(waits, 4);
    assert_int_equal(file_write(f, ends[1], text, 1), -E_PIPE);
    assert_int_equal(file_close(f, ends[1]), 0);
    assert_int_equal(file_pipe(f, ends), 0);
    assert_int_equal(file_write(f, ends[1], text, sizeof(text)), PIPE_SIZE);
    finish();
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Of everything that takes memory, one call; each does what it should or says that there is none.
 */
static void
run_everything(void) {
    static char text[3 * PGSIZE];
    struct files *child = files_dup(f);
    files_destroy(child);
    int fd = file_open(f, "/tmp/f", O_RDWR | O_CREAT);
    assert_true(fd >= 0 || fd == -E_NO_MEM);
    if (fd >= 0) {
        long n = file_write(f, fd, text, sizeof(text));
        assert_true(n > 0 || n == -E_NO_MEM);
        assert_int_equal(file_seek(f, fd, 0, LSEEK_SET), 0);
        assert_int_equal(file_read(f, fd, text, sizeof(text)), n > 0 ? n : 0);
    }
    int error = file_mkdir(f, "/tmp/d");
    assert_true(error == 0 || error == -E_NO_MEM);
    error = file_pipe(f, ends);
    assert_true(error == 0 || error == -E_NO_MEM);
    error = fs_add_text("lines", print_long_text);
    assert_true(error == 0 || error == -E_NO_MEM);
    fd = file_open(f, "/dev/lines", O_RDONLY);
    assert_true(fd >= 0 || fd == -E_NO_MEM || (error != 0 && fd == -E_NOENT));
}

static void
wherever_memory_runs_out_the_call_says_so_and_nothing_is_lost(void **state) {
    (void)state;
    long n = 0;
    for (bool met = true; met; n++) {
        begin();
        refuse_after(n);
        run_everything();
        met = refused;
        refuse_after(-1);
        finish();
    }
    assert_true(n > 20);
    refuse_after(0);
    assert_null(files_create());
    refuse_after(-1);
}

static void
a_text_or_a_write_that_memory_runs_out_in_is_not_taken_for_whole(void **state) {
    (void)state;
    static const long done[] = {-E_NO_MEM, -E_NO_MEM, PGSIZE, 2 * PGSIZE, 2 * PGSIZE, 3 * PGSIZE};
    static char text[3 * PGSIZE];
    begin();
    int fd = must_open("/tmp/f", O_RDWR | O_CREAT);
    for (size_t n = 0; n < ARRAY_SIZE(done); n++) { /* table, page, page, table, page */
        assert_int_equal(file_close(f, must_open("/tmp/f", O_WRONLY | O_TRUNC)), 0);
        assert_int_equal(file_seek(f, fd, 0, LSEEK_SET), 0);
        refuse_after((long)n);
        assert_int_equal(file_write(f, fd, text, sizeof(text)), done[n]);
        refuse_after(-1);
        assert_int_equal(file_read(f, fd, text, 1), 0);
        assert_int_equal(file_seek(f, fd, 0, LSEEK_SET), 0);
        assert_int_equal(file_read(f, fd, text, sizeof(text)), done[n] < 0 ? 0 : done[n]);
    }
    assert_int_equal(file_close(f, must_open("/tmp/f", O_WRONLY | O_TRUNC)), 0);
    assert_int_equal(file_seek(f, fd, 2 * PGSIZE, LSEEK_SET), 0);
    assert_int_equal(file_write(f, fd, text, 1), 1);
    assert_int_equal(file_seek(f, fd, 0, LSEEK_SET), 0);
    refuse_after(1);
    assert_int_equal(file_write(f, fd, text, sizeof(text)), PGSIZE);
    refuse_after(-1);
    assert_int_equal(file_read(f, fd, text, sizeof(text)), PGSIZE + 1); /* none of it is lost */

    assert_int_equal(fs_add_text("lines", print_long_text), 0);
    for (long n = 0; n < 7; n++) { /* the open file, its contents: a node, and as above */
        refuse_after(n);
        assert_int_equal(file_open(f, "/dev/lines", O_RDONLY), -E_NO_MEM);
        refuse_after(-1);
    }
    finish();
}

static void
files_leave_some_memory_to_others(void **state) {
    (void)state;
    char text[PGSIZE + 1] = "";
    begin();
    int fd = must_open("/tmp/f", O_WRONLY | O_CREAT);
    zone_free = 60 / TMPFS_RESERVE;
    assert_int_equal(file_write(f, fd, text, 1), -E_NO_MEM);
    must_open("/dev/meminfo", O_RDONLY);
    zone_free++;
    assert_int_equal(file_write(f, fd, text, 1), 1);
    zone_free--;
    assert_int_equal(file_write(f, fd, text, sizeof(text)), PGSIZE - 1); /* in the page it has */
    zone_free = 50;
    finish();
}

static void
a_failed_open_makes_no_file_and_no_descriptor(void **state) {
    (void)state;
    begin();
    refuse_after(0);
    assert_int_equal(file_mkdir(f, "/tmp/d"), -E_NO_MEM);
    for (long n = 0; n < 2; n++) { /* the open file, and the file of /tmp */
        refuse_after(n);
        assert_int_equal(file_open(f, "/tmp/f", O_WRONLY | O_CREAT), -E_NO_MEM);
        refuse_after(-1);
        assert_int_equal(file_open(f, "/tmp/f", O_RDONLY), -E_NOENT);
        assert_int_equal(file_close(f, 0), -E_INVAL);
    }
    for (long n = 0; n < 4; n++) { /* the pipe, its node, both open files */
        refuse_after(n);
        assert_int_equal(file_pipe(f, ends), -E_NO_MEM);
        refuse_after(-1);
        assert_int_equal(file_close(f, 0), -E_INVAL);
    }
    finish();
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_reads_writes_and_seeks_does_what_an_array_does),
        cmocka_unit_test(every_page_of_a_file_is_found_once_until_it_is_given_back),
        cmocka_unit_test(a_position_moves_from_the_start_the_end_or_where_it_is),
        cmocka_unit_test(a_file_tells_what_it_is),
        cmocka_unit_test(bytes_leave_a_pipe_in_their_order_and_a_full_one_waits_for_readers),
        cmocka_unit_test(an_empty_pipe_waits_for_a_writer_and_ends_when_there_is_none),
        cmocka_unit_test(a_pipe_that_nobody_reads_is_an_error_to_write_to),
        cmocka_unit_test(wherever_memory_runs_out_the_call_says_so_and_nothing_is_lost),
        cmocka_unit_test(a_text_or_a_write_that_memory_runs_out_in_is_not_taken_for_whole),
        cmocka_unit_test(files_leave_some_memory_to_others),
        cmocka_unit_test(a_failed_open_makes_no_file_and_no_descriptor),
    };
    return host_test_main("fs_contents", tests, ARRAY_SIZE(tests), argc, argv);
}
