/* readline.c - one line from the console, edited, with the last lines in reach. */
#include "stdio.h"
#include "string.h"

#define LINE_MAX 1024 /* bytes, with the final 0 */
#define LINES    16   /* in the history */

enum { CTRL_C = 3, CTRL_U = 21, ESCAPE = 27, DELETE = 127 };

static struct {
    char text[LINE_MAX];
    size_t length;
    size_t lost; /* characters typed beyond what fits */
} line;

static struct {
    char lines[LINES][LINE_MAX]; /* a ring */
    size_t count;                /* lines ever added */
} history;

/* Take back the last n characters, those that did not fit first. */
static void
erase(size_t n) {
    while (n > 0 && line.lost > 0) {
        line.lost--;
        n--;
    }
    while (n-- > 0 && line.length > 0) {
        line.length--;
        cprintf("\b \b");
    }
}

static void
append(int c) {
    if (line.length + 1 < LINE_MAX) {
        line.text[line.length++] = (char)c;
        cputchar(c);
    } else {
        line.lost++;
    }
}

/* Show the line that is `back` lines old, 0 being an empty new one. */
static void
recall(size_t back) {
    erase(line.length + line.lost);
    if (back > 0) {
        for (const char *s = history.lines[(history.count - back) % LINES]; *s != '\0'; s++) {
            append(*s);
        }
    }
}

static void
remember(void) {
    bool again =
        history.count > 0 && strcmp(history.lines[(history.count - 1) % LINES], line.text) == 0;
    if (line.length > 0 && !again) {
        strcpy(history.lines[history.count % LINES], line.text);
        history.count++;
    }
}

/*
 * The rest of an escape sequence: 'A' for arrow up, 'B' for arrow down; 0 for
 * other keys; or the control character that broke it off.
 */
static int
escape_sequence(void) {
    int c = getchar();
    if (c == '[' || c == 'O') {
        do {
            c = getchar();
        } while (c >= ' ' && c < '@'); /* parameters, as of the delete key */
    }
    return c < ' ' || c == 'A' || c == 'B' ? c : 0;
}

static void
start(const char *prompt) {
    line.length = line.lost = 0;
    cprintf("%s", prompt);
}

/* The line is complete: hand it out, or say why it cannot be. */
static bool
finish(void) {
    cprintf("\n");
    line.text[line.length] = '\0';
    if (line.lost == 0) {
        remember();
        return true;
    }
    cprintf("line of %zu characters: at most %d fit, nothing was done\n", line.length + line.lost,
            LINE_MAX - 1);
    return false;
}

char *
readline(const char *prompt) {
    size_t back = 0; /* how far in the history */
    start(prompt);
    for (;;) {
        int c = getchar();
        int key = 0;
        if (c == ESCAPE) {
            key = escape_sequence();
            c = key < ' ' ? key : 0;
        }
        size_t oldest = history.count < LINES ? history.count : LINES;
        if (key == 'A' && back < oldest) {
            recall(++back);
        } else if (key == 'B' && back > 0) {
            recall(--back);
        } else if (c == '\r' || c == '\n') {
            if (finish()) {
                return line.text;
            }
            start(prompt);
            back = 0;
        } else if (c == '\b' || c == DELETE) {
            erase(1);
        } else if (c == CTRL_U) {
            erase(line.length + line.lost);
        } else if (c == CTRL_C) {
            cprintf("^C\n");
            start(prompt);
            back = 0;
        } else if (c >= ' ' && c <= '~') {
            append(c);
        }
    }
}
