/*
 * terminal.h - the console as a file: lines that are edited while they are typed, or raw bytes.
 *
 * An interrupt collects what was typed; echo and editing are the reader's, so that
 * nothing is printed from an interrupt, and what was typed ahead is shown where it is read.
 */
#ifndef KERN_FS_TERMINAL_H
#define KERN_FS_TERMINAL_H

#include "node.h"

#define TERMINAL_LINE  1024 /* bytes of a line with its newline; what is beyond is not taken */
#define TERMINAL_AHEAD 1024 /* bytes typed before somebody reads; likewise */

/* Nothing typed, line mode, nobody set. */
void terminal_init(void);

extern const struct node_ops terminal_ops;

/*
 * Take all that was typed. Callable in an interrupt; with interrupts off. A ^C calls what
 * terminal_set_interrupt set, and is gone with all that was typed before it if that says true.
 */
void terminal_take_input(void);

/* `end` ends the program in the foreground, which is true, or there is none. NULL: nobody. */
void terminal_set_interrupt(bool (*end)(void));

/*
 * Raw: a reader gets each byte as it comes, without echo. Else a line at a time, after ^H and
 * DEL (a character back), ^U (all back), ^C (a new line begins), ^D (what there is, without a
 * newline; of an empty line the end of the file).
 */
void terminal_set_raw(bool raw);

#endif
