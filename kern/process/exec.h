/* exec.h - a process becomes a program. */
#ifndef KERN_PROCESS_EXEC_H
#define KERN_PROCESS_EXEC_H

#include "load.h"
#include "proc.h"

#define EXEC_MAX_ARGS 64

/*
 * The current process goes on as the program in the file `path`, by `tf`; its old
 * address space is given back. 0; or an error of file_find, load_elf or load_args:
 * then nothing has changed but `tf`.
 */
int exec_file(const char *path, const char *name, size_t argc, const char *const argv[],
              struct trapframe *tf);

/* What is to be run, and with which arguments; argv[0] is the file. */
struct program {
    size_t argc;
    const char *const *argv;
};

/*
 * A child of the current process that is a program, in a group of its own. Its pid, or an
 * error; what fails later is the child's status. `program` must stay until the caller waits.
 */
int spawn(const struct program *program);

#endif
