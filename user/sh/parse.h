/*
 * parse.h - from a line to the commands in it.
 *
 *   list      pipelines, each ended by ; & && || or the end of a line; # begins a comment
 *   pipeline  commands between |
 *   command   words, and < FILE  > FILE  >> FILE
 *   word      characters up to a blank or one of |&;<>; \ or '...' take away what a
 *             character means, "..." the same but for \ and $?, which is the last status
 */
#ifndef USER_SH_PARSE_H
#define USER_SH_PARSE_H

#include "defs.h"

#define MAX_COMMANDS 8    /* of a pipeline */
#define MAX_WORDS    128  /* likewise, with a NULL behind each command's */
#define MAX_TEXT     2048 /* bytes of a pipeline's words, with their final 0 */

struct command {
    const char **argv;          /* up to a NULL; at least one word */
    const char *input, *output; /* NULL: not redirected */
    bool append;
};

enum when { ALWAYS, IF_OK, IF_FAILED }; /* of the last status */

struct pipeline {
    enum when when;
    bool background;
    size_t count; /* of commands; 0: the text is at its end */
    struct command commands[MAX_COMMANDS];
    size_t words_used, text_used;
    const char *words[MAX_WORDS];
    char text[MAX_TEXT];
    char error[64];
};

struct parser {
    const char *at;
    int status;     /* what $? is; the caller's to set between pipelines */
    enum when next; /* what the last pipeline's end says */
};

/* The next pipeline. NULL, or what is wrong with it, valid as long as *out. */
const char *parse_pipeline(struct parser *parser, struct pipeline *out);

#endif
