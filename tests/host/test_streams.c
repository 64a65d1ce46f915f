/* test_streams.c - kern/fs: directories, pipes, devices, the terminal, and memory that runs out. */
#include "host_test.h"

#include "fs_process.h"
#include "pipe.h"

/* ---- directories ----------------------------------------------------------------------------- */

/* The names from `offset` on, each with a blank behind it. */
static const char *
listing(int fd, off_t offset) {
    static char names[200];
    struct dirent dirent = {.offset = offset};
    int error;
    names[0] = '\0';
    while ((error = file_getdirentry(f, fd, &dirent)) == 0) {
        strcat(strcat(names, dirent.name), " ");
    }
    assert_int_equal(error, -E_NOENT);
    return names;
}

static void
a_directory_lists_its_entries_in_the_order_in_which_they_were_made(void **state) {
    (void)state;
    begin();
    put("/tmp/b", "");
    put("/tmp/a", "");
    assert_int_equal(file_mkdir(f, "/tmp/d"), 0);
    int tmp = must_open("/tmp", O_RDONLY);
    assert_string_equal(listing(tmp, 0), ". .. b a d ");
    assert_string_equal(listing(must_open("/", O_RDONLY), 0), ". .. dev tmp bin etc ");
    assert_string_equal(listing(must_open("/dev", O_RDONLY), 0),
                        ". .. console null zero meminfo buddyinfo ");
    struct dirent dirent = {.offset = -1};
    assert_int_equal(file_getdirentry(f, tmp, &dirent), -E_INVAL);
    assert_string_equal(listing(tmp, INT64_MAX), "");
    assert_int_equal(file_getdirentry(f, must_open("/bin/ls", O_RDONLY), &dirent), -E_INVAL);
    dirent.offset = 0;
    assert_int_equal(file_getdirentry(f, must_open("/bin/ls", O_RDONLY), &dirent), -E_NOTDIR);
    assert_int_equal(file_read(f, tmp, &dirent, 1), -E_ISDIR);
    assert_int_equal(file_seek(f, tmp, 0, LSEEK_CUR), 0);
    finish();
}

/* A program is given the whole struct: nothing of the kernel's may be in it. */
static void
what_is_told_in_a_struct_leaves_no_byte_of_it_as_it_was(void **state) {
    (void)state;
    struct dirent dirent[2];
    struct stat stat[2];
    begin();
    int fd = must_open("/", O_RDONLY);
    for (int i = 0; i < 2; i++) {
        memset(&dirent[i], i * 0xff, sizeof(dirent[i]));
        memset(&stat[i], i * 0xff, sizeof(stat[i]));
        dirent[i].offset = 2;
        assert_int_equal(file_getdirentry(f, fd, &dirent[i]), 0);
        assert_int_equal(file_stat(f, fd, &stat[i]), 0);
    }
    assert_memory_equal(&dirent[0], &dirent[1], sizeof(dirent[0]));
    assert_memory_equal(&stat[0], &stat[1], sizeof(stat[0]));
    finish();
}

static void
an_entry_that_stays_is_listed_once_whatever_is_unlinked_meanwhile(void **state) {
    (void)state;
    struct dirent dirent = {.offset = 2};
    begin();
    put("/tmp/a", "");
    put("/tmp/b", "");
    put("/tmp/c", "");
    int fd = must_open("/tmp", O_RDONLY);
    assert_int_equal(file_getdirentry(f, fd, &dirent), 0);
    assert_string_equal(dirent.name, "a");
    assert_int_equal(file_unlink(f, "/tmp/a"), 0);
    assert_int_equal(file_unlink(f, "/tmp/b"), 0);
    put("/tmp/a", "");
    assert_string_equal(listing(fd, dirent.offset), "c a ");
    finish();
}

static void
what_is_unlinked_lives_until_it_is_closed(void **state) {
    (void)state;
    begin();
    put("/tmp/f", "text");
    int fd = must_open("/tmp/f", O_RDWR);
    assert_int_equal(file_unlink(f, "/tmp/f"), 0);
    assert_int_equal(file_open(f, "/tmp/f", O_RDONLY), -E_NOENT);
    assert_reads(fd, "text");
    assert_int_equal(file_write(f, fd, "more", 4), 4);
    put("/tmp/f", "another");
    assert_int_equal(file_seek(f, fd, 0, LSEEK_SET), 0);
    assert_reads(fd, "textmore");
    assert_int_equal(live_pages, 2);
    assert_int_equal(file_close(f, fd), 0);
    assert_int_equal(live_pages, 1);
    finish();
}

static void
all_of_tmp_can_be_unlinked_at_once(void **state) {
    (void)state;
    begin();
    put("/tmp/a", "text");
    assert_int_equal(file_mkdir(f, "/tmp/d"), 0);
    assert_int_equal(file_mkdir(f, "/tmp/d/e"), 0);
    put("/tmp/d/e/b", "text");
    fs_clear_tmp();
    assert_string_equal(listing(must_open("/tmp", O_RDONLY), 0), ". .. ");
    assert_int_equal(live_pages, 0);
    finish();
}

static void
what_cannot_be_made_or_unlinked_says_why(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int mkdir, unlink;
    } paths[] = {
        {"/", -E_EXISTS, -E_INVAL},         {"/tmp", -E_EXISTS, -E_ACCESS},
        {"/tmp/.", -E_EXISTS, -E_INVAL},    {"/tmp/d/..", -E_EXISTS, -E_INVAL},
        {"/tmp/d", -E_EXISTS, -E_NOTEMPTY}, {"/tmp/d/f/", -E_EXISTS, -E_NOTDIR},
        {"/bin/ls", -E_EXISTS, -E_ACCESS},  {"/bin/new", -E_ACCESS, -E_NOENT},
        {"/no/new", -E_NOENT, -E_NOENT},    {"/tmp/d/f/new", -E_NOTDIR, -E_NOTDIR},
        {"", -E_NOENT, -E_NOENT},           {"stdin:", -E_EXISTS, -E_ACCESS},
    };
    begin();
    assert_int_equal(file_mkdir(f, "/tmp/d/"), 0);
    put("/tmp/d/f", "");
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        assert_int_equal(file_mkdir(f, paths[i].path), paths[i].mkdir);
        assert_int_equal(file_unlink(f, paths[i].path), paths[i].unlink);
    }
    assert_int_equal(file_unlink(f, "/tmp/d/f"), 0);
    assert_int_equal(file_unlink(f, "/tmp/d/"), 0);
    finish();
}

static void
a_program_is_found_if_it_is_a_regular_file(void **state) {
    (void)state;
    struct node *node;
    char got[4] = "";
    begin();
    put("/tmp/f", "program");
    assert_int_equal(file_chdir(f, "/tmp"), 0);
    assert_int_equal(file_find(f, "f", &node), 0);
    assert_int_equal(file_unlink(f, "f"), 0);
    assert_int_equal(node_read(node, 3, got, 3), 3);
    assert_string_equal(got, "gra");
    node_put(node);
    assert_int_equal(file_find(f, "f", &node), -E_NOENT);
    assert_int_equal(file_find(f, "/bin", &node), -E_ISDIR);
    assert_int_equal(file_find(f, "/dev/console", &node), -E_ACCESS);
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
    assert_int_equal(file_read(f, ends[1], text, 1), -E_INVAL);
    meanwhile = others_close_the_reader;
    assert_int_equal(file_write(f, ends[1], text, 1), -E_PIPE);
    assert_int_equal(waits, 3);
    assert_int_equal(file_write(f, ends[1], text, 1), -E_PIPE);
    assert_int_equal(file_close(f, ends[1]), 0);
    assert_int_equal(file_pipe(f, ends), 0);
    assert_int_equal(file_write(f, ends[1], text, sizeof(text)), PIPE_SIZE);
    finish();
}

/* ---- devices --------------------------------------------------------------------------------- */

static int printings;

static void
print_long_text(putch_t putch, void *arg) {
    printings++;
    for (int i = 0; i < 1000; i++) {
        printfmt(putch, arg, "%9d\n", i + printings);
    }
}

static void
print_nothing(putch_t putch, void *arg) {
    (void)putch, (void)arg;
}

static void
devices_give_what_they_are_there_for(void **state) {
    (void)state;
    char got[8] = "-------";
    begin();
    int fd = must_open("/dev/null", O_RDWR);
    assert_int_equal(file_write(f, fd, got, 8), 8);
    assert_int_equal(file_read(f, fd, got, 8), 0);
    fd = must_open("/dev/zero", O_RDWR | O_TRUNC);
    assert_int_equal(file_write(f, fd, got, 8), 8);
    assert_int_equal(file_read(f, fd, got, 4), 4);
    assert_memory_equal(got, "\0\0\0\0---", 8);
    assert_reads(must_open("/dev/meminfo", O_RDONLY),
                 "policy none\nmanaged 60\nfree 50\nrequested 7\ngranted 8\noverhead 0\n"
                 "peak 0\ngrants 0\nrefused 0\nfrees 0\n");
    assert_reads(must_open("/dev/buddyinfo", O_RDONLY),
                 "blocks 3\npages 50\nlargest 32\norder 3 blocks 2 pages 18\n"
                 "order 5 blocks 1 pages 32\n");
    finish();
}

static void
a_text_is_made_when_it_is_opened_and_stays_until_it_is_closed(void **state) {
    (void)state;
    struct stat stat;
    char got[11] = "";
    begin();
    assert_int_equal(fs_add_text("nothing", print_nothing), 0);
    assert_reads(must_open("/dev/nothing", O_RDONLY), "");
    assert_int_equal(fs_add_text("lines", print_long_text), 0);
    assert_int_equal(fs_add_text("lines", print_long_text), -E_EXISTS);
    assert_int_equal(fs_add_text("null", print_long_text), -E_EXISTS);
    printings = 0;
    int first = must_open("/dev/lines", O_RDONLY), second = must_open("/dev/lines", O_RDONLY);
    assert_int_equal(printings, 2);
    assert_int_equal(file_stat(f, first, &stat), 0);
    assert_int_equal(stat.st_size, 10000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(file_read(f, first, got, 10), 10);
        assert_int_equal(strtol(got, NULL, 10), i + 1);
    }
    assert_int_equal(file_read(f, second, got, 10), 10);
    assert_string_equal(got, "        2\n");
    assert_int_equal(file_close(f, first), 0);
    assert_int_equal(live_pages, 3);
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
    assert_int_equal(fs_add_text("lines", print_long_text), 0);
    for (long n = 0; n < 7; n++) { /* the open file, its contents: a node, and as above */
        refuse_after(n);
        assert_int_equal(file_open(f, "/dev/lines", O_RDONLY), -E_NO_MEM);
        refuse_after(-1);
    }
    finish();
}

static void
a_failed_open_makes_no_file_and_no_descriptor(void **state) {
    (void)state;
    begin();
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
        cmocka_unit_test(a_directory_lists_its_entries_in_the_order_in_which_they_were_made),
        cmocka_unit_test(what_is_told_in_a_struct_leaves_no_byte_of_it_as_it_was),
        cmocka_unit_test(an_entry_that_stays_is_listed_once_whatever_is_unlinked_meanwhile),
        cmocka_unit_test(what_is_unlinked_lives_until_it_is_closed),
        cmocka_unit_test(all_of_tmp_can_be_unlinked_at_once),
        cmocka_unit_test(what_cannot_be_made_or_unlinked_says_why),
        cmocka_unit_test(a_program_is_found_if_it_is_a_regular_file),
        cmocka_unit_test(bytes_leave_a_pipe_in_their_order_and_a_full_one_waits_for_readers),
        cmocka_unit_test(an_empty_pipe_waits_for_a_writer_and_ends_when_there_is_none),
        cmocka_unit_test(a_pipe_that_nobody_reads_is_an_error_to_write_to),
        cmocka_unit_test(devices_give_what_they_are_there_for),
        cmocka_unit_test(a_text_is_made_when_it_is_opened_and_stays_until_it_is_closed),
        cmocka_unit_test(wherever_memory_runs_out_the_call_says_so_and_nothing_is_lost),
        cmocka_unit_test(a_text_or_a_write_that_memory_runs_out_in_is_not_taken_for_whole),
        cmocka_unit_test(a_failed_open_makes_no_file_and_no_descriptor),
    };
    return host_test_main("streams", tests, ARRAY_SIZE(tests), argc, argv);
}
