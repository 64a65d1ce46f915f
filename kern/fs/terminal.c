/* terminal.c - see terminal.h. */
#include "terminal.h"
#include "console.h"
#include "error.h"
#include "intr.h"
#include "wait.h"

enum { CTRL_C = 3, CTRL_D = 4, CTRL_U = 21, DELETE = 127 };

/* Everything here is looked at with interrupts off. */
static struct {
    bool raw;
    bool (*end)(void);
    struct wait_queue readers;
    size_t first, ahead; /* of the ring: the oldest byte, and how many there are */
    uint8_t ring[TERMINAL_AHEAD];
    size_t length, taken; /* of the line: bytes, and those that were read */
    bool complete;
    char line[TERMINAL_LINE];
} terminal;

static void
new_line(void) {
    terminal.length = terminal.taken = 0;
    terminal.complete = false;
}

void
terminal_init(void) {
    wait_queue_init(&terminal.readers);
    terminal.raw = false;
    terminal.end = NULL;
    terminal.first = terminal.ahead = 0;
    new_line();
}

void
terminal_set_interrupt(bool (*end)(void)) {
    terminal.end = end;
}

void
terminal_set_raw(bool raw) {
    terminal.raw = raw;
}

/* ---- what was typed -------------------------------------------------------------------------- */

void
terminal_take_input(void) {
    int c;
    while ((c = console_getc()) >= 0) {
        if (c == CTRL_C && terminal.end != NULL && terminal.end()) {
            terminal.ahead = 0;
            new_line();
        } else if (terminal.ahead < TERMINAL_AHEAD) {
            terminal.ring[(terminal.first + terminal.ahead++) % TERMINAL_AHEAD] = (uint8_t)c;
        }
    }
    if (terminal.ahead > 0) {
        wake_all(&terminal.readers);
    }
}

static uint8_t
take_byte(void) {
    uint8_t c = terminal.ring[terminal.first];
    terminal.first = (terminal.first + 1) % TERMINAL_AHEAD;
    terminal.ahead--;
    return c;
}

/* ---- a line ---------------------------------------------------------------------------------- */

static void
erase(size_t n) {
    for (; n > 0 && terminal.length > 0; n--) {
        terminal.length--;
        console_write("\b \b", 3);
    }
}

/* The last place is the newline's. */
static void
append(char c) {
    if (terminal.length < TERMINAL_LINE - (c != '\n')) {
        terminal.line[terminal.length++] = c;
        console_write(c == '\t' ? " " : &c, 1); /* of one column, as erase believes */
    }
}

static void
edit(uint8_t c) {
    if (c == '\r' || c == '\n') {
        append('\n');
        terminal.complete = true;
    } else if (c == CTRL_D) {
        terminal.complete = true;
    } else if (c == CTRL_C) {
        console_write("^C\n", 3);
        new_line();
    } else if (c == CTRL_U) {
        erase(terminal.length);
    } else if (c == '\b' || c == DELETE) {
        erase(1);
    } else if (c >= ' ' || c == '\t') {
        append((char)c);
    }
}

/* What is left of a line that is complete; another begins behind it. */
static size_t
take_line(char *to, size_t n) {
    size_t done = 0;
    while (done < n && terminal.taken < terminal.length) {
        to[done++] = terminal.line[terminal.taken++];
    }
    if (terminal.taken == terminal.length) {
        new_line();
    }
    return done;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* False: there is nothing yet. A line that was begun before the mode changed comes first. */
static bool
try_read(char *to, size_t n, size_t *done) {
    if (terminal.raw) {
        *done = take_line(to, n);
        while (*done < n && terminal.ahead > 0) {
            to[(*done)++] = (char)take_byte();
        }
        return *done > 0;
    }
    while (!terminal.complete && terminal.ahead > 0) {
        edit(take_byte());
    }
    if (terminal.complete) {
        *done = take_line(to, n);
        return true;
    }
    return false;
}

static long
terminal_read(struct node *node, size_t offset, void *to, size_t n) {
    (void)node, (void)offset;
    size_t done = 0;
    int error = 0;
    bool intr = intr_save();
    terminal_take_input();
    while (error == 0 && !try_read(to, n, &done)) {
        error = wait_on(&terminal.readers, "console");
    }
    intr_restore(intr);
    return error != 0 ? error : (long)done;
}

static long
terminal_write(struct node *node, size_t offset, const void *from, size_t n) {
    (void)node, (void)offset;
    console_write(from, n);
    return (long)n;
}

const struct node_ops terminal_ops = {
    .mode = S_IFCHR, .read = terminal_read, .write = terminal_write};
