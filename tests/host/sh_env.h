/* sh_env.h - a terminal, a folder of commands and some files for the shell's editor. */
#ifndef TESTS_HOST_SH_ENV_H
#define TESTS_HOST_SH_ENV_H

#include "host_test.h"

#include "edit.h"

/* What a terminal would show: rows, and where the cursor is in the last one. */
static struct {
    char rows[64][EDIT_LINE + 64];
    size_t row, column, bells;
} screen;

static void
put(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n') {
            screen.row++;
            screen.column = 0;
            assert_true(screen.row < 64);
        } else if (s[i] == '\b') {
            assert_true(screen.column > 0);
            screen.column--;
        } else if (s[i] == '\a') {
            screen.bells++;
        } else {
            assert_true(s[i] >= ' ' && s[i] <= '~');
            screen.rows[screen.row][screen.column++] = s[i];
        }
    }
}

static void
list(const char *folder, void (*found)(const char *name, void *arg), void *arg) {
    static const struct {
        const char *folder, *name;
    } entries[] = {{"/bin", "cat"}, {"/bin", "memhog"}, {"/bin", "meminfo"}, {"/bin", "mkdir"},
                   {".", "bin"},    {".", "etc"},       {".", ".hidden"},    {"etc", "motd"},
                   {"etc", "more"}, {"/", "bin"}};
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (strcmp(entries[i].folder, folder) == 0) {
            found(entries[i].name, arg);
        }
    }
}

static bool
is_folder(const char *path) {
    return strcmp(path, "etc") == 0 || strcmp(path, "bin") == 0 || strcmp(path, "/bin") == 0;
}

static const struct edit_world world = {put, list, is_folder};
static struct editor editor;

static void
begin(void) {
    memset(&screen, 0, sizeof(screen));
    memset(&editor, 0, sizeof(editor));
    edit_start(&editor, &world, "$ ");
}

/* Type these keys; what came of the last one. */
static enum edited
type(const char *keys) {
    enum edited edited = EDIT_MORE;
    for (; *keys != '\0'; keys++) {
        edited = edit_key(&editor, (unsigned char)*keys);
    }
    return edited;
}

/* Keys, and then enter: the line, and a new one is begun. */
static const char *
line_of(const char *keys) {
    static char line[EDIT_LINE];
    assert_int_equal(type(keys), EDIT_MORE);
    assert_int_equal(type("\r"), EDIT_DONE);
    strcpy(line, editor.line);
    edit_start(&editor, &world, "$ ");
    return line;
}

/* The row with the cursor is `text`, with | for the cursor, and is what the editor has. */
static void
expect(const char *text) {
    char shown[EDIT_LINE + 64], *row = screen.rows[screen.row];
    size_t length = strlen(row);
    while (length > screen.column && row[length - 1] == ' ') {
        length--;
    }
    snprintf(shown, sizeof(shown), "%.*s|%.*s", (int)screen.column, row,
             (int)(length - screen.column), row + screen.column);
    assert_string_equal(shown, text);
    assert_int_equal(screen.column, 2 + editor.cursor);
    assert_memory_equal(row + 2, editor.line, editor.length);
}

#endif
