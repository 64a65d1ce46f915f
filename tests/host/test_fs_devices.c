/* test_fs_devices.c - kern/fs: devices, and the terminal: what is typed, shown, and read of it. */
#include "host_test.h"

#include "fs_process.h"
#include "terminal.h"

/* ---- devices --------------------------------------------------------------------------------- */

static int length;

static void
print_x(putch_t putch, void *arg) {
    for (int i = 0; i < length; i++) {
        putch('x', arg);
    }
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
                 "policy none\nmanaged 60\nfree 50\nrequested 7\ngranted 8\noverhead 2\n"
                 "peak 9\ngrants 10\nrefused 11\nfrees 12\n");
    assert_reads(
        must_open("/dev/buddyinfo", O_RDONLY),
        "blocks 4\npages 51\nlargest 32\norder 0 blocks 1 pages 1\norder 3 blocks 2 pages 18\n"
        "order 5 blocks 1 pages 32\n");
    finish();
}

static void
a_text_is_made_when_it_is_opened_and_stays_until_it_is_closed(void **state) {
    (void)state;
    struct stat stat;
    char got[11] = "";
    begin();
    assert_int_equal(fs_add_text("x", print_x), 0);
    for (length = 0; length < 200; length++) {
        int fd = must_open("/dev/x", O_RDONLY);
        assert_int_equal(file_stat(f, fd, &stat), 0);
        assert_int_equal(stat.st_size, length);
        assert_int_equal(file_close(f, fd), 0);
    }
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

/* ---- the terminal --------------------------------------------------------------------------- */

static int in, out;
static const char *later; /* what is typed as soon as somebody waits; NULL: nothing */

static bool
type_later(void) {
    assert_false(host_intr_on); /* or a byte might come between looking and waiting */
    if (later == NULL) {
        return false;
    }
    typed = later;
    later = NULL;
    terminal_take_input(); /* the clock's interrupt */
    return true;
}

static void
begin_terminal(const char *text) {
    begin();
    in = must_open("stdin:", O_RDONLY);
    out = must_open("stdout:", O_WRONLY);
    meanwhile = type_later;
    typed = text;
    later = NULL;
    shown[0] = '\0';
    waits = 0;
    host_intr_on = true;
}

static void
end_terminal(void) {
    assert_true(host_intr_on);
    finish();
}

static void
a_line_is_edited_and_read_when_it_is_complete(void **state) {
    (void)state;
    static const struct {
        const char *typed, *read, *shown;
    } lines[] = {
        {"abc\n", "abc\n", "abc\n"},
        {"abc\r", "abc\n", "abc\n"},
        {"\n", "\n", "\n"},
        {"ax\bb\x7f\x7f\x7f\x7f"
         "c\n",
         "c\n", "ax\b \bb\b \b\b \bc\n"},
        {"abc\x15xyz\n", "xyz\n", "abc\b \b\b \b\b \bxyz\n"},
        {"a\tb\n", "a\tb\n", "a b\n"},
        {"a\x1b\x01z\n", "az\n", "az\n"},
        {"abc\x03xyz\n", "xyz\n", "abc^C\nxyz\n"},
        {"abc\x04", "abc", "abc"},
        {"\x04", "", ""},
        {"\xc3\xa9\n", "\xc3\xa9\n", "\xc3\xa9\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        begin_terminal(lines[i].typed);
        assert_reads(in, lines[i].read);
        assert_string_equal(shown, lines[i].shown);
        assert_int_equal(waits, 0);
        end_terminal();
    }
}

static void
lines_are_read_one_at_a_time_in_as_many_parts_as_are_asked_for(void **state) {
    (void)state;
    char got[3] = "--";
    begin_terminal("one\ntwo\n");
    assert_int_equal(file_read(f, in, got, 2), 2);
    assert_string_equal(got, "on");
    assert_string_equal(shown, "one\n"); /* what was typed ahead is shown where it is read */
    assert_reads(in, "e\n");
    assert_reads(in, "two\n");
    assert_string_equal(shown, "one\ntwo\n");
    end_terminal();
}

static void
a_reader_waits_until_its_line_is_complete(void **state) {
    (void)state;
    begin_terminal("be");
    later = "gun\n";
    assert_reads(in, "begun\n");
    assert_int_equal(waits, 1);
    later = "left";
    assert_int_equal(file_read(f, in, &(char[1]){0}, 1), -E_KILLED);
    assert_int_equal(waits, 3);
    typed = " over\n";
    assert_reads(in, "left over\n");
    end_terminal();
}

static void
raw_bytes_are_read_as_they_come_and_not_shown(void **state) {
    (void)state;
    char got[2] = "-";
    begin_terminal("xa\x7f\x15\x04\r\x1b[A");
    terminal_set_raw(true);
    assert_int_equal(file_read(f, in, got, 1), 1);
    assert_string_equal(got, "x");
    assert_reads(in, "a\x7f\x15\x04\r\x1b[A");
    later = "b";
    assert_reads(in, "b");
    assert_int_equal(waits, 1);
    terminal_set_raw(false);
    typed = "half a li";
    assert_int_equal(file_read(f, in, &(char[1]){0}, 1), -E_KILLED);
    assert_string_equal(shown, "half a li");
    terminal_set_raw(true);
    typed = "ne";
    assert_reads(in, "half a line");
    assert_int_equal(file_read(f, in, &(char[1]){0}, 1), -E_KILLED);
    assert_string_equal(shown, "half a li");
    end_terminal();
}

static bool foreground;
static int ended;

static bool
end_foreground(void) {
    ended += foreground;
    return foreground;
}

static void
an_interrupt_ends_the_foreground_and_what_was_typed_before_it(void **state) {
    (void)state;
    for (int raw = 0; raw < 2; raw++) {
        begin_terminal("half a line");
        terminal_set_interrupt(end_foreground);
        foreground = true;
        ended = 0;
        assert_int_equal(file_read(f, in, &(char[1]){0}, raw), raw == 0 ? 0 : -E_KILLED);
        terminal_set_raw(raw != 0);
        typed = "ahead\x03"
                "after\r";
        host_intr_on = false;
        terminal_take_input(); /* nobody reads */
        host_intr_on = true;
        assert_int_equal(ended, 1);
        assert_reads(in, raw != 0 ? "after\r" : "after\n");
        foreground = false;
        typed = "x\x03y\n";
        assert_reads(in, raw != 0 ? "x\x03y\n" : "y\n");
        assert_int_equal(ended, 1);
        end_terminal();
    }
    begin_terminal("x\x03y\n"); /* nobody is set in a tree that is new */
    foreground = true;
    assert_reads(in, "y\n");
    assert_int_equal(ended, 1);
    end_terminal();
}

static void
what_has_no_room_is_not_taken(void **state) {
    (void)state;
    static char text[TERMINAL_AHEAD + 100], got[TERMINAL_LINE + 100];
    memset(text, 'a', sizeof(text) - 1);
    begin_terminal(text);
    terminal_take_input();
    typed = "bbb\n";
    later = "ccc\n";
    assert_int_equal(file_read(f, in, got, sizeof(got)), TERMINAL_LINE);
    assert_memory_equal(got, text, TERMINAL_LINE - 1);
    assert_int_equal(got[TERMINAL_LINE - 1], '\n');
    assert_int_equal(waits, 1);
    assert_int_equal(strlen(shown), TERMINAL_LINE);
    typed = "next\n";
    assert_reads(in, "next\n");

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        text[i] = (char)(i % 100 + 100);
    }
    terminal_set_raw(true);
    typed = text;
    assert_int_equal(file_read(f, in, got, sizeof(got)), TERMINAL_AHEAD);
    assert_memory_equal(got, text, TERMINAL_AHEAD);

    terminal_set_raw(false);
    typed = "half a line";
    assert_int_equal(file_read(f, in, got, sizeof(got)), -E_KILLED);
    end_terminal();
    begin_terminal("a new one\n");
    assert_reads(in, "a new one\n");
    end_terminal();
}

static void
what_is_written_is_shown(void **state) {
    (void)state;
    begin_terminal("");
    assert_int_equal(file_write(f, out, "hello\n", 6), 6);
    assert_int_equal(file_write(f, must_open("/dev/console", O_RDWR | O_TRUNC), "!", 1), 1);
    assert_string_equal(shown, "hello\n!");
    assert_int_equal(file_write(f, in, "x", 1), -E_INVAL);
    assert_int_equal(file_read(f, out, shown, 1), -E_INVAL);
    end_terminal();
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_give_what_they_are_there_for),
        cmocka_unit_test(a_text_is_made_when_it_is_opened_and_stays_until_it_is_closed),
        cmocka_unit_test(a_line_is_edited_and_read_when_it_is_complete),
        cmocka_unit_test(lines_are_read_one_at_a_time_in_as_many_parts_as_are_asked_for),
        cmocka_unit_test(a_reader_waits_until_its_line_is_complete),
        cmocka_unit_test(raw_bytes_are_read_as_they_come_and_not_shown),
        cmocka_unit_test(an_interrupt_ends_the_foreground_and_what_was_typed_before_it),
        cmocka_unit_test(what_has_no_room_is_not_taken),
        cmocka_unit_test(what_is_written_is_shown),
    };
    return host_test_main("fs_devices", tests, ARRAY_SIZE(tests), argc, argv);
}
