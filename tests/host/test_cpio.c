/* test_cpio.c - kern/fs/archive.c on right archives, and on those that are not. */
#include "host_test.h"

#include "cpio_builder.h"
#include "file.h"
#include "fs_env.h"

static struct cpio c;
static char *lent; /* a copy, beside which nothing can be read */

static const char *
init_with(size_t size) {
    free(lent);
    lent = host_copy(c.bytes, size);
    return fs_init(lent, size);
}

/* Take the tree down; nothing is left. */
static void
finish(void) {
    node_unlink_all(&fs_root);
    assert_int_equal(live_heap, 0);
    assert_int_equal(live_pages, 0);
    free(lent);
    lent = NULL;
}

static size_t
nodes_below(struct node *dir) {
    size_t n = 0;
    list_for_each (le, &dir->children) {
        n += 1 + nodes_below(to_struct(le, struct node, sibling));
    }
    return n;
}

static size_t
nodes_without_archive(void) {
    assert_null(fs_init(NULL, 0));
    size_t n = nodes_below(&fs_root);
    finish();
    return n;
}

static void
assert_contains(const char *path, const char *text) {
    struct node *node;
    char got[100];
    assert_int_equal(path_node(&fs_root, path, &node), 0);
    assert_true(node_is(node, S_IFREG));
    assert_int_equal(node->size, strlen(text));
    assert_int_equal(node_read(node, 0, got, sizeof(got)), strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void
assert_directory(const char *path) {
    struct node *node;
    assert_int_equal(path_node(&fs_root, path, &node), 0);
    assert_true(node_is(node, S_IFDIR));
}

static void
files_and_directories_are_where_the_archive_has_them(void **state) {
    (void)state;
    c.n = 0;
    cpio_add(&c, CPIO_DIR, 2, ".", NULL, 0);
    cpio_add(&c, CPIO_DIR, 2, "bin", NULL, 0);
    cpio_file(&c, "bin/a", "1");
    cpio_file(&c, "./bin/bb", "22");
    cpio_file(&c, "/bin/ccc", "333");
    cpio_file(&c, "on/the/way/dddd", "4444");
    cpio_add(&c, CPIO_DIR, 2, "on/the", NULL, 0);
    cpio_add(&c, CPIO_FILE, 2, "linked", "55555", 5);
    cpio_file(&c, "empty", "");
    cpio_file(&c, "..hidden", "6");
    cpio_add(&c, CPIO_DIR, 2, "tmp", NULL, 0);
    cpio_file(&c, "tmp/x", "7");
    cpio_end(&c);
    memset(c.bytes + c.n, 'x', 100); /* what lies behind the trailer does not matter */
    assert_null(init_with(c.n + 100));
    assert_contains("/bin/a", "1");
    assert_contains("bin/bb", "22");
    assert_contains("/bin/ccc", "333");
    assert_contains("/on/the/way/dddd", "4444");
    assert_contains("/linked", "55555");
    assert_contains("/empty", "");
    assert_contains("..hidden", "6");
    assert_contains("/tmp/x", "7");
    assert_directory("/on/the/way");
    assert_directory("/tmp");
    finish();
}

static void
parts_of_a_file_are_read_and_nothing_beyond_it(void **state) {
    (void)state;
    struct node *node;
    char got[8] = "-------";
    c.n = 0;
    cpio_file(&c, "f", "abcdef");
    cpio_end(&c);
    assert_null(init_with(c.n));
    assert_int_equal(path_node(&fs_root, "f", &node), 0);
    assert_int_equal(node_read(node, 2, got, 3), 3);
    assert_string_equal(got, "cde----");
    assert_int_equal(node_read(node, 5, got, 7), 1);
    assert_string_equal(got, "fde----");
    assert_int_equal(node_read(node, 6, got, 7), 0);
    assert_int_equal(node_read(node, SIZE_MAX, got, 7), 0);
    assert_int_equal(node_read(node, 0, got, 0), 0);
    assert_int_equal(node_read(&fs_root, 0, got, 7), -E_ISDIR);
    finish();
}

/* The archive is refused with these words, and there is nothing of it. */
static void
assert_refused(size_t size, const char *words) {
    static size_t without;
    without = without == 0 ? nodes_without_archive() : without;
    const char *wrong = init_with(size);
    assert_non_null(wrong);
    assert_string_equal(wrong, words);
    assert_int_equal(nodes_below(&fs_root), without);
    finish();
}

static void
an_entry_that_cannot_be_taken_is_named_and_told_why(void **state) {
    (void)state;
    static const struct {
        unsigned mode, nlink;
        const char *name, *text, *words;
    } wrong[] = {
        {CPIO_LINK, 1, "sh", "x", "\"sh\": it is neither file nor directory"},
        {CPIO_LINK, 1, "\x1b[31m\x7f\xff~", "", "\"?[31m??~\": it is neither file nor directory"},
        {CPIO_FILE, 2, "sh", "", "\"sh\": a hard link without contents"},
        {CPIO_FILE, 1, "first", "x", "\"first\": there is one of that name already"},
        {CPIO_FILE, 1, "dir", "x", "\"dir\": there is one of that name already"},
        {CPIO_FILE, 1, "tmp", "x", "\"tmp\": there is one of that name already"},
        {CPIO_FILE, 1, "dev/null", "x", "\"dev/null\": there is one of that name already"},
        {CPIO_FILE, 1, "first/x", "x", "\"first/x\": it is below what is no directory"},
        {CPIO_DIR, 2, "dev/null", "", "\"dev/null\": it is below what is no directory"},
        {CPIO_FILE, 1, ".", "x", "\".\": it is no path of plain names"},
        {CPIO_FILE, 1, "/", "x", "\"/\": it is no path of plain names"},
        {CPIO_FILE, 1, "//a", "x", "\"//a\": it is no path of plain names"},
        {CPIO_FILE, 1, "a//b", "x", "\"a//b\": it is no path of plain names"},
        {CPIO_DIR, 2, "a/", "", "\"a/\": it is no path of plain names"},
        {CPIO_FILE, 1, "a/../b", "x", "\"a/../b\": it is no path of plain names"},
        {CPIO_FILE, 1, "a/./b", "x", "\"a/./b\": it is no path of plain names"},
        {CPIO_FILE, 1, "a/..", "x", "\"a/..\": it is no path of plain names"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        char words[200];
        c.n = 0;
        cpio_add(&c, CPIO_DIR, 2, "dir", NULL, 0);
        cpio_file(&c, "first", "1");
        size_t at = cpio_add(&c, wrong[i].mode, wrong[i].nlink, wrong[i].name, wrong[i].text,
                             strlen(wrong[i].text));
        cpio_end(&c);
        snprintf(words, sizeof(words), "entry 3 at byte %zu, %s", at, wrong[i].words);
        assert_refused(c.n, words);
    }
}

static void
names_and_paths_have_a_length_up_to_which_they_are_taken(void **state) {
    (void)state;
    char name[PATH_MAX_LEN + 3], words[200];
    memset(name, 'n', sizeof(name));
    name[NAME_MAX_LEN] = '\0';
    c.n = 0;
    cpio_file(&c, name, "most");
    cpio_end(&c);
    assert_null(init_with(c.n));
    assert_contains(name, "most");
    finish();

    name[NAME_MAX_LEN] = 'n';
    name[NAME_MAX_LEN + 1] = '\0';
    c.n = 0;
    cpio_file(&c, name, "too much");
    snprintf(words, sizeof(words), "entry 1 at byte 0, \"%.60s\": it is no path of plain names",
             name);
    assert_refused(c.n, words);

    for (size_t i = 0; i < sizeof(name); i++) {
        name[i] = i % 100 == 99 ? '/' : 'n';
    }
    name[PATH_MAX_LEN] = '\0';
    c.n = 0;
    cpio_file(&c, name, "most");
    cpio_end(&c);
    assert_null(init_with(c.n));
    assert_contains(name, "most");
    finish();

    name[PATH_MAX_LEN] = 'n';
    name[PATH_MAX_LEN + 1] = '\0';
    c.n = 0;
    cpio_file(&c, name, "too much");
    assert_refused(c.n, "entry 1 at byte 0, \"?\": the length of the name cannot be");
}

/* Field number `field` of the header at `at` becomes these eight characters. */
static void
set_field(size_t at, size_t field, const char *digits) {
    memcpy(c.bytes + at + 6 + 8 * field, digits, 8);
}

static void
a_header_that_lies_is_refused_with_its_place(void **state) {
    (void)state;
    enum { MODE = 1, NLINK = 4, SIZE = 6, NAME_SIZE = 11 };
    static const struct {
        size_t field;
        const char *digits, *words;
    } lies[] = {
        {MODE, "0000g1a4", "\"?\": a field is not hexadecimal"},
        {MODE, "0000G1a4", "\"?\": a field is not hexadecimal"},
        {NLINK, "000000 1", "\"?\": a field is not hexadecimal"},
        {SIZE, "0x000001", "\"?\": a field is not hexadecimal"},
        {NAME_SIZE, "0000000`", "\"?\": a field is not hexadecimal"},
        {NAME_SIZE, "0000000:", "\"?\": a field is not hexadecimal"},
        {NAME_SIZE, "0000000/", "\"?\": a field is not hexadecimal"},
        {NAME_SIZE, "\0000000002", "\"?\": a field is not hexadecimal"},
        {NAME_SIZE, "00000000", "\"?\": the length of the name cannot be"},
        {NAME_SIZE, "00000001", "\"?\": the length of the name cannot be"},
        {NAME_SIZE, "ffffFFFF", "\"?\": the length of the name cannot be"},
        {NAME_SIZE, "00000200", "\"?\": the length of the name cannot be"},
        {NAME_SIZE, "00000003", "\"?\": the name does not end where it should"},
        {NAME_SIZE, "00000008", "\"?\": the name does not end where it should"},
        {SIZE, "ffffffff", "\"lies\": the contents reach beyond the end"},
        {SIZE, "00000200", "\"lies\": the contents reach beyond the end"},
        {SIZE, "00000000", NULL}, /* then its contents stand where a header should */
    };
    for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
        char words[200];
        c.n = 0;
        cpio_file(&c, "first", "1");
        size_t at = cpio_file(&c, "lies", "four");
        cpio_end(&c);
        set_field(at, lies[i].field, lies[i].digits);
        if (lies[i].words == NULL) {
            snprintf(words, sizeof(words), "entry 3 at byte %zu, \"?\": not a header of cpio newc",
                     at + 110 + 6);
        } else {
            snprintf(words, sizeof(words), "entry 2 at byte %zu, %s", at, lies[i].words);
        }
        assert_refused(c.n, words);
    }
    c.n = 0;
    cpio_file(&c, "first", "1");
    c.bytes[5] = '2';
    assert_refused(c.n, "entry 1 at byte 0, \"?\": not a header of cpio newc");
}

static void
an_archive_cut_off_anywhere_is_refused(void **state) {
    (void)state;
    c.n = 0;
    cpio_add(&c, CPIO_DIR, 2, "d", NULL, 0);
    size_t second = cpio_file(&c, "d/f", "seven..");
    size_t trailer = cpio_end(&c);
    size_t enough = trailer + 110 + sizeof("TRAILER!!!");
    for (size_t n = 1; n < c.n; n++) {
        const char *wrong = init_with(n);
        assert_int_equal(wrong == NULL, n >= enough + (4 - enough % 4) % 4);
        finish();
    }
    char words[100];
    for (size_t n = trailer - 1; n <= trailer; n++) { /* what fills up to four may be missing */
        snprintf(words, sizeof(words), "entry 3 at byte %zu, \"?\": it ends before its trailer", n);
        assert_refused(n, words);
    }
    snprintf(words, sizeof(words),
             "entry 2 at byte %zu, \"d/f\": the contents reach beyond the end", second);
    assert_refused(trailer - 2, words);
}

static void
where_memory_runs_out_the_archive_is_refused_and_all_of_it_given_back(void **state) {
    (void)state;
    size_t failures = 0;
    c.n = 0;
    cpio_file(&c, "a/b/c", "1");
    cpio_end(&c);
    for (long n = 0;; n++) {
        refuse_after(n);
        const char *wrong = init_with(c.n);
        bool met = refused;
        refuse_after(-1);
        assert_int_equal(wrong != NULL, met);
        failures += met;
        if (met) {
            assert_non_null(strstr(wrong, "memory ran out"));
        }
        finish();
        if (!met) {
            break;
        }
    }
    assert_int_equal(failures, nodes_without_archive() + 3);
}

static void
where_memory_runs_out_again_there_is_no_tree_at_all(void **state) {
    (void)state;
    c.n = 0;
    cpio_add(&c, CPIO_LINK, 1, "l", "", 0);
    refuse_after((long)nodes_without_archive()); /* the archive needs none, building anew does */
    assert_string_equal(init_with(c.n), "memory ran out");
    assert_true(refused);
    refuse_after(-1);
    assert_int_equal(fs_add_text("text", NULL), -E_NO_MEM);
    fs_clear_tmp();
    finish();
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_directories_are_where_the_archive_has_them),
        cmocka_unit_test(parts_of_a_file_are_read_and_nothing_beyond_it),
        cmocka_unit_test(an_entry_that_cannot_be_taken_is_named_and_told_why),
        cmocka_unit_test(names_and_paths_have_a_length_up_to_which_they_are_taken),
        cmocka_unit_test(a_header_that_lies_is_refused_with_its_place),
        cmocka_unit_test(an_archive_cut_off_anywhere_is_refused),
        cmocka_unit_test(where_memory_runs_out_the_archive_is_refused_and_all_of_it_given_back),
        cmocka_unit_test(where_memory_runs_out_again_there_is_no_tree_at_all),
    };
    return host_test_main("cpio", tests, ARRAY_SIZE(tests), argc, argv);
}
