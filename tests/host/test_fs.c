/* test_fs.c - kern/fs: paths, directories, descriptors. */
#include "host_test.h"

#include "fs_process.h"

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
        {"disk0x", NULL, -E_NOENT},
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
    char least[2];
    assert_int_equal(file_getcwd(f, least, 2), 0);
    assert_string_equal(least, "/");
    assert_int_equal(file_getcwd(f, path, 1), -E_TOO_BIG);
    assert_int_equal(file_getcwd(f, path, 0), -E_TOO_BIG);
    assert_int_equal(file_mkdir(f, "/tmp/one"), 0);
    assert_int_equal(file_mkdir(f, "/tmp/one/second"), 0);
    assert_int_equal(file_chdir(f, "tmp/one/second"), 0);
    strcpy(path, "untouched");
    assert_int_equal(file_getcwd(f, path, 15), -E_TOO_BIG);
    assert_string_equal(path, "untouched");
    assert_int_equal(file_getcwd(f, path, 16), 0);
    assert_string_equal(path, "/tmp/one/second");
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
    assert_int_equal(dirent[0].name[NAME_MAX_LEN], '\0');
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
    assert_reads(must_open("/tmp/f", O_RDONLY | O_EXCL), "onetwothreefour");
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
    assert_int_equal(file_dup(f, other, fd), fd); /* 0, as in a shell */
    assert_reads(fd, "");
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

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_leads_where_its_names_say),
        cmocka_unit_test(paths_and_names_that_are_too_long_are_refused),
        cmocka_unit_test(the_working_directory_is_told_as_a_path),
        cmocka_unit_test(an_unlinked_working_directory_leads_up_and_nowhere_else),
        cmocka_unit_test(a_directory_lists_its_entries_in_the_order_in_which_they_were_made),
        cmocka_unit_test(what_is_told_in_a_struct_leaves_no_byte_of_it_as_it_was),
        cmocka_unit_test(an_entry_that_stays_is_listed_once_whatever_is_unlinked_meanwhile),
        cmocka_unit_test(what_is_unlinked_lives_until_it_is_closed),
        cmocka_unit_test(all_of_tmp_can_be_unlinked_at_once),
        cmocka_unit_test(what_cannot_be_made_or_unlinked_says_why),
        cmocka_unit_test(a_program_is_found_if_it_is_a_regular_file),
        cmocka_unit_test(what_cannot_be_opened_says_why_and_stays_as_it_is),
        cmocka_unit_test(flags_say_what_is_made_emptied_and_written_where),
        cmocka_unit_test(descriptors_that_are_not_open_are_refused_everywhere),
        cmocka_unit_test(a_copy_of_a_descriptor_is_the_same_open_file),
        cmocka_unit_test(a_process_has_so_many_descriptors_and_no_more),
    };
    return host_test_main("fs", tests, ARRAY_SIZE(tests), argc, argv);
}
