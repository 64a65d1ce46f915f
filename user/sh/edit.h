/*
 * edit.h - a line as it is typed: cursor, history, completion.
 *
 * Fed a byte at a time, it answers with what the terminal is to show. That is text,
 * backspaces and the bell, so any terminal will do.
 *
 *   left right home end, ^B ^F ^A ^E   move
 *   backspace, delete or ^D            a character less before, at the cursor
 *   ^U ^K ^W                           all before it, all from it on, the word before it
 *   up down, ^P ^N                     lines entered before
 *   tab                                a command (first word) or a file, as far as it is clear;
 *                                      when nothing more is: what it could be
 *   ^C                                 away with the line; ^D in an empty one: the end
 */
#ifndef USER_SH_EDIT_H
#define USER_SH_EDIT_H

#include "defs.h"

#define EDIT_LINE    1024 /* bytes of a line with its final 0 */
#define EDIT_HISTORY 16   /* lines */

/* What the editor needs of the world. */
struct edit_world {
    void (*put)(const char *s, size_t n); /* onto the terminal */
    /* found(name, arg) for each entry of a folder, if it is one. */
    void (*list)(const char *folder, void (*found)(const char *name, void *arg), void *arg);
    bool (*is_folder)(const char *path);
};

struct editor {
    const struct edit_world *world;
    const char *prompt;
    char line[EDIT_LINE];
    size_t length, cursor; /* cursor <= length < EDIT_LINE */
    enum { PLAIN, ESCAPED, IN_SEQUENCE } state;
    int parameter; /* of the escape sequence */
    size_t back;   /* how many lines ago; 0: the line that is being typed */
    size_t entered;
    char typed[EDIT_LINE];                 /* that line, while another is shown */
    char history[EDIT_HISTORY][EDIT_LINE]; /* a ring: line n is in n % EDIT_HISTORY */
};

enum edited {
    EDIT_MORE, /* the line goes on */
    EDIT_DONE, /* `line` is what was entered */
    EDIT_END,  /* there will be no more */
};

/* Begin a line; an editor that is all zeroes has no history. `prompt` has to stay. */
void edit_start(struct editor *e, const struct edit_world *world, const char *prompt);

enum edited edit_key(struct editor *e, unsigned char c);

/* ---- between edit.c and complete.c ---- */

void edit_put(struct editor *e, const char *s);
/* Insert n bytes at the cursor, those that fit. */
void edit_insert(struct editor *e, const char *s, size_t n);
/* Prompt and line once more, below. */
void edit_show_again(struct editor *e);
void edit_complete(struct editor *e);

#endif
