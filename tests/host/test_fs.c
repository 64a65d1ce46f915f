/* test_fs.c - kern/fs: paths, files, directories, descriptors. */
#include "host_test.h"

#include "fs_process.h"
#include "tmpfs.h"

/* ---- paths ----------------------------------------------------------------------------------- */

static void
a_path_leads_where_its_names_say(void **state) {
    (void)state;
    static const struct {
        const char *path, *same; /* the same node, or NULL: */
        int error;
    } paths[] = {
        {"/", "/", 0},
        {"//", "/", 0},
        {"/.", "/", 0},
        {"/..", "/", 0},
        {"../../../..", "/", 0},
        {".", "/tmp/d", 0},
        {"./", "/tmp/d", 0},
        {"..", "/tmp", 0},
        {"e", "/tmp/d/e", 0},
        {"e/", "/tmp/d/e", 0},
        {"./e//./..//e", "/tmp/d/e", 0},
        {"../../bin/ls", "/bin/ls", 0},
        {"///bin///ls", "/bin/ls", 0},
        {"disk0:", "/", 0},
        {"disk0:/bin/ls", "/bin/ls", 0},
        {"disk0:bin/ls", "/bin/ls", 0},
        {"stdin:", "/dev/console", 0},
        {"stdout:", "/dev/console", 0},
        {"", NULL, -E_NOENT},
        {"x", NULL, -E_NOENT},
        {".x", NULL, -E_NOENT},
        {"x.", NULL, -E_NOENT},
        {"...", NULL, -E_NOENT},
        {"ee", NULL, -E_NOENT},
        {"/bin/l", NULL, -E_NOENT},
        {"/bin/lss", NULL, -E_NOENT},
        {"x/y", NULL, -E_NOENT},
        {"x/..", NULL, -E_NOENT},
        {"/bin/ls/", NULL, -E_NOTDIR},
        {"/bin/ls/x", NULL, -E_NOTDIR},
        {"/bin/ls/..", NULL, -E_NOTDIR},
        {"/bin/ls/.", NULL, -E_NOTDIR},
        {"x/", NULL, -E_NOENT},
        {"stdin:/", NULL, -E_NOENT},
        {"disk1:", NULL, -E_NOENT},
    };
    begin();
    assert_int_equal(file_mkdir(f, "/tmp/d"), 0);
    assert_int_equal(file_chdir(f, "/tmp/d"), 0);
    assert_int_equal(file_mkdir(f, "e"), 0);
    struct node *cwd;
    assert_int_equal(path_node(&fs_root, "/tmp/d", &cwd), 0);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        struct node *node, *same;
        assert_int_equal(path_node(cwd, paths[i].path, &node), paths[i].error);
        if (paths[i].same != NULL) {
            assert_int_equal(path_node(&fs_root, paths[i].same, &same), 0);
            assert_ptr_equal(node, same);
        }
    }
    finish();
}

static void
paths_and_names_that_are_too_long_are_refused(void **state) {
    (void)state;
    static char path[PATH_MAX_LEN + 2];
    struct node *node;
    begin();
    memset(path, '/', sizeof(path) - 1);
    assert_int_equal(path_node(&fs_root, path, &node), -E_TOO_BIG);
    path[PATH_MAX_LEN] = '\0';
    assert_int_equal(path_node(&fs_root, path, &node), 0);
    memset(path, 'n', sizeof(path));
    path[NAME_MAX_LEN + 1] = '\0';
    assert_int_equal(path_node(&fs_root, path, &node), -E_TOO_BIG);
    path[NAME_MAX_LEN] = '\0';
    assert_int_equal(path_node(&fs_root, path, &node), -E_NOENT);
    finish();
}

static void
the_working_directory_is_told_as_a_path(void **state) {
    (void)state;
    char path[20];
    begin();
    assert_int_equal(file_getcwd(f, path, 2), 0);
    assert_string_equal(path, "/");
    assert_int_equal(file_getcwd(f, path, 1), -E_TOO_BIG);
    assert_int_equal(file_getcwd(f, path, 0), -E_TOO_BIG);
    assert_int_equal(file_mkdir(f, "/tmp/one"), 0);
    assert_int_equal(file_mkdir(f, "/tmp/one/two"), 0);
    assert_int_equal(file_chdir(f, "tmp/one/two"), 0);
    strcpy(path, "untouched");
    assert_int_equal(file_getcwd(f, path, 12), -E_TOO_BIG);
    assert_string_equal(path, "untouched");
    assert_int_equal(file_getcwd(f, path, 13), 0);
    assert_string_equal(path, "/tmp/one/two");
    assert_int_equal(file_chdir(f, "nowhere"), -E_NOENT);
    assert_int_equal(file_chdir(f, "/bin/ls"), -E_NOTDIR);
    assert_int_equal(file_chdir(f, "../"), 0);
    assert_int_equal(file_getcwd(f, path, sizeof(path)), 0);
    assert_string_equal(path, "/tmp/one");
    finish();
}

static void
an_unlinked_working_directory_leads_up_and_nowhere_else(void **state) {
    (void)state;
    char path[20];
    begin();
    assert_int_equal(file_mkdir(f, "/tmp/one"), 0);
    assert_int_equal(file_mkdir(f, "/tmp/one/two"), 0);
    assert_int_equal(file_chdir(f, "/tmp/one/two"), 0);
    assert_int_equal(file_unlink(f, "../two"), 0);
    assert_int_equal(file_unlink(f, "/tmp/one"), 0);
    assert_int_equal(file_getcwd(f, path, sizeof(path)), -E_NOENT);
    assert_int_equal(file_open(f, "x", O_WRONLY | O_CREAT), -E_NOENT);
    assert_int_equal(file_mkdir(f, "x"), -E_NOENT);
    assert_int_equal(file_chdir(f, ".."), 0);
    assert_int_equal(file_getcwd(f, path, sizeof(path)), -E_NOENT);
    assert_int_equal(file_chdir(f, ".."), 0);
    assert_int_equal(file_getcwd(f, path, sizeof(path)), 0);
    assert_string_equal(path, "/tmp");
    finish();
}

/* ---- opening --------------------------------------------------------------------------------- */

static void
what_cannot_be_opened_says_why_and_stays_as_it_is(void **state) {
    (void)state;
    static const struct {
        const char *path;
        uint32_t flags;
        int error;
    } opens[] = {
        {"/bin/ls", O_WRONLY, -E_ACCESS},
        {"/bin/ls", O_RDWR, -E_ACCESS},
        {"/bin/ls", O_RDONLY | O_TRUNC, -E_ACCESS},
        {"/bin/ls", O_RDONLY | O_CREAT | O_EXCL, -E_EXISTS},
        {"/bin/new", O_WRONLY | O_CREAT, -E_ACCESS},
        {"/dev/new", O_WRONLY | O_CREAT, -E_ACCESS},
        {"/new", O_WRONLY | O_CREAT, -E_ACCESS},
        {"/no/new", O_WRONLY | O_CREAT, -E_NOENT},
        {"/bin/ls/new", O_WRONLY | O_CREAT, -E_NOTDIR},
        {"/tmp/new", O_RDONLY, -E_NOENT},
        {"/tmp/new", O_WRONLY | O_EXCL, -E_NOENT},
        {"/tmp/new/", O_WRONLY | O_CREAT, -E_ISDIR},
        {"/tmp/old", O_WRONLY | O_CREAT | O_EXCL | O_TRUNC, -E_EXISTS},
        {"/tmp", O_WRONLY, -E_ISDIR},
        {"/tmp", O_RDWR, -E_ISDIR},
        {"/tmp", O_RDONLY | O_CREAT, -E_ISDIR},
        {"/tmp", O_RDONLY | O_TRUNC, -E_ISDIR},
        {"/dev/meminfo", O_WRONLY, -E_ACCESS},
        {"/dev/meminfo", O_RDONLY | O_TRUNC, -E_ACCESS},
        {"/tmp/old", O_ACCMODE, -E_INVAL},
        {"/tmp/old", O_RDWR | 64, -E_INVAL},
        {"/tmp/old", O_RDWR | 0x80000000, -E_INVAL},
    };
    begin();
    put("/tmp/old", "text");
    size_t before = live_heap;
    for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
        assert_int_equal(file_open(f, opens[i].path, opens[i].flags), opens[i].error);
        assert_int_equal(live_heap, before);
    }
    assert_reads(must_open("/tmp/old", O_RDONLY), "text");
    finish();
}

static void
flags_say_what_is_made_emptied_and_written_where(void **state) {
    (void)state;
    begin();
    int fd = must_open("/tmp/f", O_RDWR | O_CREAT | O_EXCL);
    assert_int_equal(file_write(f, fd, "one", 3), 3);
    int end = must_open("/tmp/f", O_WRONLY | O_APPEND | O_CREAT);
    assert_int_equal(file_write(f, fd, "two", 3), 3);
    assert_int_equal(file_write(f, end, "three", 5), 5);
    assert_int_equal(file_seek(f, end, 0, LSEEK_SET), 0);
    assert_int_equal(file_write(f, end, "four", 4), 4);
    assert_reads(fd, "threefour");
    assert_reads(must_open("/tmp/f", O_RDONLY), "onetwothreefour");
    int empty = must_open("/tmp/f", O_RDONLY | O_TRUNC);
    assert_reads(empty, "");
    assert_int_equal(live_pages, 0);
    assert_reads(fd, ""); /* it stands behind the end now */
    assert_int_equal(file_read(f, end, &(char[1]){0}, 1), -E_INVAL);
    assert_int_equal(file_write(f, empty, "x", 1), -E_INVAL);
    finish();
}

static void
descriptors_that_are_not_open_are_refused_everywhere(void **state) {
    (void)state;
    static const int bad[] = {-1, INT32_MIN, 0, OPEN_MAX - 1, OPEN_MAX, INT32_MAX};
    struct stat stat;
    struct dirent dirent = {.offset = 0};
    char byte = 0;
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(file_close(f, bad[i]), -E_INVAL);
        assert_int_equal(file_read(f, bad[i], &byte, 1), -E_INVAL);
        assert_int_equal(file_write(f, bad[i], &byte, 1), -E_INVAL);
        assert_int_equal(file_seek(f, bad[i], 0, LSEEK_SET), -E_INVAL);
        assert_int_equal(file_stat(f, bad[i], &stat), -E_INVAL);
        assert_int_equal(file_fsync(f, bad[i]), -E_INVAL);
        assert_int_equal(file_dup(f, bad[i], -1), -E_INVAL);
        assert_int_equal(file_getdirentry(f, bad[i], &dirent), -E_INVAL);
    }
    int fd = must_open("/bin/ls", O_RDONLY);
    assert_int_equal(file_fsync(f, fd), 0);
    assert_int_equal(file_dup(f, fd, -2), -E_INVAL);
    assert_int_equal(file_dup(f, fd, OPEN_MAX), -E_INVAL);
    finish();
}

static void
a_copy_of_a_descriptor_is_the_same_open_file(void **state) {
    (void)state;
    begin();
    int fd = must_open("/bin/ls", O_RDONLY);
    int other = must_open("/etc/motd", O_RDONLY);
    assert_int_equal(file_dup(f, fd, fd), fd);
    assert_int_equal(file_dup(f, fd, -1), 2);
    assert_int_equal(file_dup(f, fd, other), other);
    assert_int_equal(file_dup(f, fd, OPEN_MAX - 1), OPEN_MAX - 1);
    assert_int_equal(file_seek(f, 2, 2, LSEEK_SET), 0);
    struct files *parent = f, *child = files_dup(f);
    f = child;
    assert_reads(other, "program");
    files_destroy(child);
    f = parent;
    assert_int_equal(file_close(f, fd), 0);
    assert_reads(OPEN_MAX - 1, "");
    assert_int_equal(must_open("/etc/motd", O_RDONLY), fd);
    files_destroy(NULL);
    finish();
}

static void
a_process_has_so_many_descriptors_and_no_more(void **state) {
    (void)state;
    int fd[2];
    begin();
    for (int i = 0; i < OPEN_MAX; i++) {
        assert_int_equal(file_open(f, "/bin/ls", O_RDONLY), i);
    }
    size_t before = live_heap;
    assert_int_equal(file_open(f, "/tmp/new", O_WRONLY | O_CREAT), -E_MAX_OPEN);
    assert_int_equal(file_dup(f, 3, -1), -E_MAX_OPEN);
    assert_int_equal(file_pipe(f, fd), -E_MAX_OPEN);
    assert_int_equal(live_heap, before);
    assert_int_equal(file_close(f, 9), 0);
    assert_int_equal(file_pipe(f, fd), -E_MAX_OPEN);
    assert_int_equal(live_heap, before - 1);
    assert_int_equal(file_dup(f, 3, -1), 9);
    finish();
}

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
a_position_moves_from_the_start_the_end_or_where_it_is(void **state) {
    (void)state;
    int ends[2];
    begin();
    int fd = must_open("/bin/ls", O_RDONLY);
    assert_int_equal(file_seek(f, fd, 7, LSEEK_SET), 0);
    assert_int_equal(file_seek(f, fd, -5, LSEEK_CUR), 0);
    assert_reads(fd, "program");
    assert_int_equal(file_seek(f, fd, -3, LSEEK_END), 0);
    assert_reads(fd, "ram");
    assert_int_equal(file_seek(f, fd, -1, LSEEK_SET), -E_INVAL);
    assert_int_equal(file_seek(f, fd, -10, LSEEK_END), -E_INVAL);
    assert_int_equal(file_seek(f, fd, INT64_MAX, LSEEK_CUR), -E_INVAL);
    assert_int_equal(file_seek(f, fd, 0, LSEEK_END + 1), -E_INVAL);
    assert_int_equal(file_seek(f, fd, 0, -1), -E_INVAL);
    assert_reads(fd, ""); /* where it was */
    assert_int_equal(file_seek(f, fd, INT64_MAX, LSEEK_SET), 0);
    assert_reads(fd, "");
    fd = must_open("/tmp/f", O_RDWR | O_CREAT);
    assert_int_equal(file_seek(f, fd, TMPFS_MAX_SIZE - 2, LSEEK_SET), 0);
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
        {"/tmp/f", S_IFREG, 3 * PGSIZE + 1, 2},
    };
    struct stat stat;
    begin();
    put("/tmp/empty", "");
    put("/tmp/f", "page 0");
    int fd = must_open("/tmp/f", O_WRONLY);
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

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_leads_where_its_names_say),
        cmocka_unit_test(paths_and_names_that_are_too_long_are_refused),
        cmocka_unit_test(the_working_directory_is_told_as_a_path),
        cmocka_unit_test(an_unlinked_working_directory_leads_up_and_nowhere_else),
        cmocka_unit_test(what_cannot_be_opened_says_why_and_stays_as_it_is),
        cmocka_unit_test(flags_say_what_is_made_emptied_and_written_where),
        cmocka_unit_test(descriptors_that_are_not_open_are_refused_everywhere),
        cmocka_unit_test(a_copy_of_a_descriptor_is_the_same_open_file),
        cmocka_unit_test(a_process_has_so_many_descriptors_and_no_more),
        cmocka_unit_test(any_sequence_of_reads_writes_and_seeks_does_what_an_array_does),
        cmocka_unit_test(a_position_moves_from_the_start_the_end_or_where_it_is),
        cmocka_unit_test(a_file_tells_what_it_is),
    };
    return host_test_main("fs", tests, ARRAY_SIZE(tests), argc, argv);
}
