/* edit.c - see edit.h; complete.c has what the tab key does. */
#include "edit.h"
#include "string.h"

#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE       27
#define DELETE       127

void
edit_put(struct editor *e, const char *s) {
    e->world->put(s, strlen(s));
}

static void
put_repeated(struct editor *e, const char *s, size_t n) {
    while (n-- > 0) {
        edit_put(e, s);
    }
}

/* What is from the cursor on has changed, and is `shorter` than what is shown. */
static void
show_tail(struct editor *e, size_t shorter) {
    e->world->put(e->line + e->cursor, e->length - e->cursor);
    put_repeated(e, " ", shorter);
    put_repeated(e, "\b", e->length - e->cursor + shorter);
}

static void
move_to(struct editor *e, size_t cursor) {
    if (cursor < e->cursor) {
        put_repeated(e, "\b", e->cursor - cursor);
    } else {
        e->world->put(e->line + e->cursor, cursor - e->cursor);
    }
    e->cursor = cursor;
}

void
edit_insert(struct editor *e, const char *s, size_t n) {
    size_t room = EDIT_LINE - 1 - e->length;
    if (n > room) {
        edit_put(e, "\a");
        n = room;
    }
    memmove(e->line + e->cursor + n, e->line + e->cursor, e->length - e->cursor);
    memcpy(e->line + e->cursor, s, n);
    e->length += n;
    e->world->put(s, n);
    e->cursor += n;
    show_tail(e, 0);
}

/* Take out from..to, and leave the cursor there. */
static void
erase(struct editor *e, size_t from, size_t to) {
    move_to(e, from);
    memmove(e->line + from, e->line + to, e->length - to);
    e->length -= to - from;
    show_tail(e, to - from);
}

static void
erase_word(struct editor *e) {
    size_t from = e->cursor;
    while (from > 0 && e->line[from - 1] == ' ') {
        from--;
    }
    while (from > 0 && e->line[from - 1] != ' ') {
        from--;
    }
    erase(e, from, e->cursor);
}

/* Show the line that was entered `back` lines ago, if there was one. */
static void
recall(struct editor *e, size_t back) {
    size_t oldest = e->entered < EDIT_HISTORY ? e->entered : EDIT_HISTORY;
    if (back > oldest) {
        edit_put(e, "\a");
        return;
    }
    if (e->back == 0) {
        e->line[e->length] = '\0';
        strcpy(e->typed, e->line);
    }
    e->back = back;
    const char *line = back == 0 ? e->typed : e->history[(e->entered - back) % EDIT_HISTORY];
    erase(e, 0, e->length);
    edit_insert(e, line, strlen(line));
}

static enum edited
enter(struct editor *e) {
    move_to(e, e->length);
    edit_put(e, "\n");
    e->line[e->length] = '\0';
    const char *last = e->entered == 0 ? "" : e->history[(e->entered - 1) % EDIT_HISTORY];
    if (e->length > 0 && strcmp(last, e->line) != 0) {
        strcpy(e->history[e->entered++ % EDIT_HISTORY], e->line);
    }
    return EDIT_DONE;
}

void
edit_start(struct editor *e, const struct edit_world *world, const char *prompt) {
    e->world = world;
    e->prompt = prompt;
    e->length = e->cursor = e->back = 0;
    e->state = PLAIN;
    edit_put(e, prompt);
}

void
edit_show_again(struct editor *e) {
    edit_put(e, e->prompt);
    e->world->put(e->line, e->length);
    put_repeated(e, "\b", e->length - e->cursor);
}

/* The keys that are sent as ESC [ letter, ESC O letter or ESC [ number ~. */
static unsigned char
control_of(unsigned char final, int parameter) {
    static const char letters[] = "ABCDHF";
    static const unsigned char controls[] = {CTRL('P'), CTRL('N'), CTRL('F'),
                                             CTRL('B'), CTRL('A'), CTRL('E')};
    const char *letter = final == '\0' ? NULL : strchr(letters, final);
    if (letter != NULL) {
        return controls[letter - letters];
    }
    switch (final == '~' ? parameter : 0) {
    case 1:
    case 7:
        return CTRL('A');
    case 4:
    case 8:
        return CTRL('E');
    case 3:
        return DELETE | 0x80;
    default:
        return 0;
    }
}

/* A byte of an escape sequence; at its end the control character that does the same, or 0. */
static unsigned char
sequence(struct editor *e, unsigned char c) {
    if (e->state == ESCAPED) {
        e->state = c == '[' || c == 'O' ? IN_SEQUENCE : PLAIN;
        e->parameter = 0;
    } else if (c >= '0' && c <= '9') {
        e->parameter = (e->parameter * 10 + (c - '0')) % 1000;
    } else if (c < ' ' || c >= '@') { /* a control character breaks it off */
        e->state = PLAIN;
        return c < ' ' ? c : control_of(c, e->parameter);
    }
    return 0;
}

static void
command_key(struct editor *e, unsigned char c) {
    switch (c) {
    case CTRL('A'):
        move_to(e, 0);
        break;
    case CTRL('E'):
        move_to(e, e->length);
        break;
    case CTRL('B'):
        move_to(e, e->cursor - (e->cursor > 0));
        break;
    case CTRL('F'):
        move_to(e, e->cursor + (e->cursor < e->length));
        break;
    case CTRL('H'):
    case DELETE:
        erase(e, e->cursor - (e->cursor > 0), e->cursor);
        break;
    case CTRL('D'):
    case DELETE | 0x80:
        erase(e, e->cursor, e->cursor + (e->cursor < e->length));
        break;
    case CTRL('U'):
        erase(e, 0, e->cursor);
        break;
    case CTRL('K'):
        erase(e, e->cursor, e->length);
        break;
    case CTRL('W'):
        erase_word(e);
        break;
    case CTRL('P'):
        recall(e, e->back + 1);
        break;
    case CTRL('N'):
        recall(e, e->back - (e->back > 0));
        break;
    case '\t':
        edit_complete(e);
        break;
    default:
        break;
    }
}

enum edited
edit_key(struct editor *e, unsigned char c) {
    if (e->state != PLAIN) {
        c = sequence(e, c);
    } else if (c > DELETE) {
        return EDIT_MORE; /* a character of several bytes: not for a line */
    }
    if (c == '\r' || c == '\n') {
        return enter(e);
    }
    if (c == CTRL('C')) {
        edit_put(e, "^C\n");
        edit_start(e, e->world, e->prompt);
    } else if (c == CTRL('D') && e->length == 0) {
        edit_put(e, "\n");
        return EDIT_END;
    } else if (c == ESCAPE) {
        e->state = ESCAPED;
    } else if (c >= ' ' && c < DELETE) {
        char byte = (char)c;
        edit_insert(e, &byte, 1);
    } else {
        command_key(e, c);
    }
    return EDIT_MORE;
}
