/* test_sh.c - user/sh: what the shell understands of a line, and the line while it is typed. */
#include "host_test.h"

#include "parse.h"
#include "sh_env.h"

/* ---- the parser ------------------------------------------------------------------------------ */

/* All pipelines of a line in a form that shows each word and sign: [a][b]<[in] | [c] & ... */
static char parsed[4096];

static void
note(const char *format, const char *text) {
    size_t used = strlen(parsed);
    snprintf(parsed + used, sizeof(parsed) - used, format, text);
}

static void
note_command(const struct command *command) {
    for (const char **word = command->argv; *word != NULL; word++) {
        note("[%s]", *word);
    }
    if (command->input != NULL) {
        note("<[%s]", command->input);
    }
    if (command->output != NULL) {
        note(command->append ? ">>[%s]" : ">[%s]", command->output);
    }
}

/* The same of `line`, or what is wrong with it. Nothing behind its final 0 can be read. */
static const char *
parse_with(const char *line, int status) {
    static const char *const whens[] = {"", "if ok ", "if failed "};
    char *copy = host_copy(line, strlen(line) + 1);
    struct pipeline *pipeline = host_copy(&(struct pipeline){.count = 0}, sizeof(*pipeline));
    struct parser parser = {.at = copy, .status = status};
    const char *error;
    parsed[0] = '\0';
    while ((error = parse_pipeline(&parser, pipeline)) == NULL && pipeline->count > 0) {
        note("%s", parsed[0] == '\0' ? "" : " ; ");
        note("%s", whens[pipeline->when]);
        for (size_t i = 0; i < pipeline->count; i++) {
            note("%s", i > 0 ? " | " : "");
            note_command(&pipeline->commands[i]);
        }
        note("%s", pipeline->background ? " &" : "");
    }
    if (error != NULL) {
        snprintf(parsed, sizeof(parsed), "%s", error);
    }
    free(pipeline);
    free(copy);
    return parsed;
}

static const char *
parse(const char *line) {
    return parse_with(line, 0);
}

static void
words_are_separated_by_blanks(void **state) {
    (void)state;
    assert_string_equal(parse("ls"), "[ls]");
    assert_string_equal(parse("  echo a\t b  "), "[echo][a][b]");
    assert_string_equal(parse(""), "");
    assert_string_equal(parse(" \t\n \n"), "");
    assert_string_equal(parse("a b\r\nc\r\n"), "[a][b] ; [c]");
}

static void
quotes_and_backslashes_take_meaning_away(void **state) {
    (void)state;
    assert_string_equal(parse("echo 'a  b' \"c;d\" e\\ f"), "[echo][a  b][c;d][e f]");
    assert_string_equal(parse("echo a'b'\"c\"d"), "[echo][abcd]");
    assert_string_equal(parse("echo '' \"\""), "[echo][][]");
    assert_string_equal(parse("echo '\\n' \"\\n\\\"\\\\\""), "[echo][\\n][\\n\"\\]");
    assert_string_equal(parse("echo \\; \\| \\'"), "[echo][;][|][']");
    assert_string_equal(parse("echo '|' \"it's\" '\"'"), "[echo][|][it's][\"]");
    assert_string_equal(parse("echo \\"), "[echo][\\]");
}

static void
an_open_quote_is_named(void **state) {
    (void)state;
    assert_string_equal(parse("echo 'a"), "a quote is not closed: '");
    assert_string_equal(parse("echo \"a'"), "a quote is not closed: \"");
}

static void
the_last_status_stands_for_its_sign_except_in_single_quotes(void **state) {
    (void)state;
    assert_string_equal(parse_with("echo $? \"<$?>\" '$?' \\$? $x $", -8),
                        "[echo][-8][<-8>][$?][$?][$x][$]");
    assert_string_equal(parse_with("echo a$?b", 127), "[echo][a127b]");
}

static void
pipes_and_redirections_belong_to_their_command(void **state) {
    (void)state;
    assert_string_equal(parse("a|b x|c"), "[a] | [b][x] | [c]");
    assert_string_equal(parse("a <in >out"), "[a]<[in]>[out]");
    assert_string_equal(parse("<in a>out b"), "[a][b]<[in]>[out]");
    assert_string_equal(parse("a >> 'o p' | b < c"), "[a]>>[o p] | [b]<[c]");
    assert_string_equal(parse("a >x >>y"), "[a]>>[y]");
    assert_string_equal(parse("a >>x >y"), "[a]>[y]");
}

static void
the_end_of_a_pipeline_says_when_the_next_one_runs(void **state) {
    (void)state;
    assert_string_equal(parse("a; b"), "[a] ; [b]");
    assert_string_equal(parse("a & b &"), "[a] & ; [b] &");
    assert_string_equal(parse("a && b || c; d"), "[a] ; if ok [b] ; if failed [c] ; [d]");
    assert_string_equal(parse("a\nb\n\nc"), "[a] ; [b] ; [c]");
    assert_string_equal(parse("a;"), "[a]");
}

static void
a_comment_goes_to_the_end_of_its_line(void **state) {
    (void)state;
    assert_string_equal(parse("# all of it; x"), "");
    assert_string_equal(parse("a # b | c\nd #"), "[a] ; [d]");
    assert_string_equal(parse("a b#c '#d'"), "[a][b#c][#d]");
}

static void
what_is_missing_is_named_with_the_place(void **state) {
    (void)state;
    assert_string_equal(parse("| a"), "a command is expected before |");
    assert_string_equal(parse("a ;; b"), "a command is expected before ;");
    assert_string_equal(parse("a | & b"), "a command is expected before &");
    assert_string_equal(parse("a |"), "a command is expected before the end of the line");
    assert_string_equal(parse("a &&"), "a command is expected before the end of the line");
    assert_string_equal(parse("a |\nb"), "a command is expected before the end of the line");
    assert_string_equal(parse("<in"), "a command is expected before the end of the line");
    assert_string_equal(parse("a >"), "a file is expected after >");
    assert_string_equal(parse("a >> ; b"), "a file is expected after >>");
    assert_string_equal(parse("a < | b"), "a file is expected after <");
}

/* `n` times the text. */
static const char *
repeated(const char *text, size_t n) {
    static char line[8192];
    line[0] = '\0';
    while (n-- > 0) {
        strcat(line, text);
    }
    return line;
}

static void
what_has_no_room_is_refused_and_nothing_is_written_beyond(void **state) {
    (void)state;
    assert_string_equal(parse(repeated("x ", MAX_WORDS)), "too many words");
    assert_int_equal(strlen(parse(repeated("x ", MAX_WORDS - 1))), 3 * (MAX_WORDS - 1));
    assert_string_equal(parse(repeated("x|", MAX_COMMANDS)), "too many commands in a pipeline");
    assert_string_equal(parse(repeated("y", MAX_TEXT)), "the words are too long");
    assert_int_equal(strlen(parse(repeated("y", MAX_TEXT - 1))), MAX_TEXT - 1 + 2);
    assert_string_equal(parse(repeated("'y' ", MAX_TEXT / 4)), "too many words");
    assert_string_equal(parse_with(repeated("$?", MAX_TEXT / 4), INT32_MIN),
                        "the words are too long");
}

static void
any_bytes_are_parsed_or_refused_within_their_line(void **state) {
    static const char alphabet[] = "ab |&;<>'\"\\$?#\n\t";
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char line[24];
        size_t n = host_random(&seed) % (sizeof(line) - 1);
        for (size_t i = 0; i < n; i++) {
            line[i] = alphabet[host_random(&seed) % (sizeof(alphabet) - 1)];
        }
        line[n] = '\0';
        parse_with(line, (int)round);
    }
}

/* ---- the editor ------------------------------------------------------------------------------ */

static void
what_is_typed_is_shown_and_entered(void **state) {
    (void)state;
    begin();
    type("ls /bin");
    expect("$ ls /bin|");
    assert_string_equal(line_of(""), "ls /bin");
    expect("$ |");
    assert_string_equal(line_of(""), "");
}

static void
the_cursor_moves_by_letters_arrows_home_and_end(void **state) {
    (void)state;
    begin();
    type("abc\x02\x1b[D");
    expect("$ a|bc");
    type("X\x06Y\x1b[CZ");
    expect("$ aXbYcZ|");
    type("\x01");
    expect("$ |aXbYcZ");
    type("\x05\x1b[H-\x1b[F+\x1bOH<\x1bOF>\x1b[1~1\x1b[4~4\x1b[7~7\x1b[8~8");
    expect("$ 71<-aXbYcZ+>48|");
    type("\x01\x02\x02\x1b[D");
    expect("$ |71<-aXbYcZ+>48");
    type("\x05\x06\x1b[C");
    expect("$ 71<-aXbYcZ+>48|");
    assert_string_equal(line_of("\x02\x02"), "71<-aXbYcZ+>48");
}

static void
characters_words_and_halves_are_erased(void **state) {
    (void)state;
    begin();
    type("one two  three");
    type("\x17");
    expect("$ one two  |");
    type("\x17");
    expect("$ one |");
    type("abcd\x02\x02\x7f");
    expect("$ one a|cd");
    type("\x08\x1b[3~");
    expect("$ one |d");
    type("\x04");
    expect("$ one |");
    type("\x04\x1b[3~");
    expect("$ one |");
    type("\x02\x02\x0b");
    expect("$ on|");
    type("\x02\x15");
    expect("$ |n");
    type("\x7f\x15\x17");
    expect("$ |n");
}

static void
lines_of_before_come_back_and_what_was_begun_is_kept(void **state) {
    (void)state;
    begin();
    line_of("first");
    line_of("second one");
    line_of("");
    line_of("second one");
    type("begun\x1b[A");
    expect("$ second one|");
    type("\x10");
    expect("$ first|");
    assert_int_equal(screen.bells, 0);
    type("\x1b[A");
    expect("$ first|");
    assert_int_equal(screen.bells, 1);
    type("!\x1b[B");
    expect("$ second one|");
    type("\x0e");
    expect("$ begun|");
    type("\x1b[B");
    expect("$ begun|");
    assert_string_equal(line_of("\x1b[A\x1b[A"), "first");
}

static void
the_history_holds_the_last_lines(void **state) {
    char name[16];
    (void)state;
    begin();
    for (int i = 0; i < EDIT_HISTORY + 4; i++) {
        snprintf(name, sizeof(name), "line%d", i);
        line_of(name);
        memset(&screen, 0, sizeof(screen));
        edit_start(&editor, &world, "$ ");
    }
    for (int i = 0; i < EDIT_HISTORY + 4; i++) {
        type("\x1b[A");
    }
    expect("$ line4|");
    assert_int_equal(screen.bells, 4);
}

static void
tab_completes_a_command_and_says_what_it_could_be(void **state) {
    (void)state;
    begin();
    type("c\t");
    expect("$ cat |");
    type("\x15me\t");
    expect("$ mem|");
    assert_int_equal(screen.row, 0);
    type("\t");
    assert_string_equal(screen.rows[1], "memhog meminfo");
    expect("$ mem|");
    type("i\t; mk\t");
    expect("$ meminfo ; mkdir |");
    assert_int_equal(screen.bells, 0);
    type("\x15zz\t");
    expect("$ zz|");
    assert_int_equal(screen.bells, 1);
}

static void
tab_completes_files_and_folders_up_to_the_cursor(void **state) {
    (void)state;
    begin();
    type("cat \t");
    assert_string_equal(screen.rows[1], "bin etc");
    type("e\t");
    expect("$ cat etc/|");
    type("m\t");
    expect("$ cat etc/mo|");
    type("t\t");
    expect("$ cat etc/motd |");
    type("\x15 cat x /b\t");
    expect("$  cat x /bin/|");
    type("\x15 cat >e xyz\x02\x02\x02\x02\t");
    expect("$  cat >etc/| xyz");
    assert_string_equal(line_of(""), " cat >etc/ xyz");
}

static void
control_c_throws_the_line_away_and_control_d_ends_an_empty_one(void **state) {
    (void)state;
    begin();
    assert_int_equal(type("gone\x03"), EDIT_MORE);
    expect("$ |");
    assert_string_equal(screen.rows[0], "$ gone^C");
    assert_int_equal(type("x\x04"), EDIT_MORE);
    assert_int_equal(type("\x7f\x04"), EDIT_END);
}

static void
other_keys_and_broken_sequences_do_nothing(void **state) {
    (void)state;
    begin();
    type("a\x1b[5~\x1b[Z\x1bx\xc3\xa4\x1b[999999999999~\x07"
         "b");
    expect("$ ab|");
    assert_string_equal(line_of("\x1b[1"
                                "\x1b["),
                        "ab");
    assert_string_equal(line_of("c"), "c");
}

static void
a_line_that_is_full_takes_no_more(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < EDIT_LINE + 10; i++) {
        type("x");
    }
    assert_int_equal(editor.length, EDIT_LINE - 1);
    assert_int_equal(screen.bells, 11);
    assert_int_equal(strlen(line_of("\x01y\t")), EDIT_LINE - 1);
}

static void
any_keys_leave_the_screen_as_the_line_is(void **state) {
    static const char *const keys[] = {"a",       "b",    " ",      "/",      "\t",     "\x7f",
                                       "\x01",    "\x05", "\x0b",   "\x15",   "\x17",   "\x04",
                                       "\x02",    "\x06", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D",
                                       "\x1b[3~", "e",    "m",      ";",      "\x1b",   "3"};
    uint64_t seed = 11;
    (void)state;
    begin();
    for (int round = 0; round < 300; round++) {
        memset(&screen, 0, sizeof(screen));
        edit_start(&editor, &world, "$ ");
        enum edited edited = EDIT_MORE;
        for (int i = 0; i < 40 && edited == EDIT_MORE && screen.row < 60; i++) {
            edited = type(keys[host_random(&seed) % (sizeof(keys) / sizeof(keys[0]))]);
            assert_true(editor.cursor <= editor.length && editor.length < EDIT_LINE);
            if (edited == EDIT_MORE) {
                assert_memory_equal(screen.rows[screen.row] + 2, editor.line, editor.length);
                assert_int_equal(screen.column, 2 + editor.cursor);
            }
        }
        edit_key(&editor, 'a');
        edit_key(&editor, '\r');
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_separated_by_blanks),
        cmocka_unit_test(quotes_and_backslashes_take_meaning_away),
        cmocka_unit_test(an_open_quote_is_named),
        cmocka_unit_test(the_last_status_stands_for_its_sign_except_in_single_quotes),
        cmocka_unit_test(pipes_and_redirections_belong_to_their_command),
        cmocka_unit_test(the_end_of_a_pipeline_says_when_the_next_one_runs),
        cmocka_unit_test(a_comment_goes_to_the_end_of_its_line),
        cmocka_unit_test(what_is_missing_is_named_with_the_place),
        cmocka_unit_test(what_has_no_room_is_refused_and_nothing_is_written_beyond),
        cmocka_unit_test(any_bytes_are_parsed_or_refused_within_their_line),
        cmocka_unit_test(what_is_typed_is_shown_and_entered),
        cmocka_unit_test(the_cursor_moves_by_letters_arrows_home_and_end),
        cmocka_unit_test(characters_words_and_halves_are_erased),
        cmocka_unit_test(lines_of_before_come_back_and_what_was_begun_is_kept),
        cmocka_unit_test(the_history_holds_the_last_lines),
        cmocka_unit_test(tab_completes_a_command_and_says_what_it_could_be),
        cmocka_unit_test(tab_completes_files_and_folders_up_to_the_cursor),
        cmocka_unit_test(control_c_throws_the_line_away_and_control_d_ends_an_empty_one),
        cmocka_unit_test(other_keys_and_broken_sequences_do_nothing),
        cmocka_unit_test(a_line_that_is_full_takes_no_more),
        cmocka_unit_test(any_keys_leave_the_screen_as_the_line_is),
    };
    return host_test_main("sh", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
