/* tool.h - what the small tools have in common. */
#ifndef USER_LIBS_TOOL_H
#define USER_LIBS_TOOL_H

#include "dir.h"
#include "file.h"
#include "string.h"
#include "ulib.h"

/* argv[0] without its folders: what complaints begin with. */
extern const char *program;

/* One line where errors go; returns 1, the status of a tool that failed. */
int complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* What a negative error is called; valid until the next call. */
const char *error_name(int error);

/* What path names becomes descriptor `fd`, whatever that was. 0 or an error. */
int open_as(int fd, const char *path, uint32_t flags);

/* All n bytes. 0 or an error. */
int write_all(int fd, const void *from, size_t n);

/* All that fd has, or what is in a file, to descriptor 1. 0, or 1 and it was said why not. */
int copy_out(int fd, const char *name);
int show(const char *path);

/* A decimal number of low..high that is all of `text`. */
bool number(const char *text, long low, long high, long *value);

/* work() on each file that is named, or on descriptor 0; the largest status. */
int each_input(int count, char *const names[], int (*work)(int fd, const char *name));

/* A child that runs work(arg) and ends with what it returns; its pid or an error. */
int child(int (*work)(void *arg), void *arg);

/*
 * Become the program argv[0], which is looked for in /bin unless it has a slash. Returns
 * only when that fails, after a complaint: 127.
 */
int run_program(const char **argv);

#endif
