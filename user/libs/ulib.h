/*
 * ulib.h - processes and memory, by the names that the course's programs use.
 *
 * Functions of type int return 0 or more, or a negative error of error.h. A status is what
 * a program gave to exit, or negative when the kernel ended it.
 */
#ifndef USER_LIBS_ULIB_H
#define USER_LIBS_ULIB_H

#include "assert.h"
#include "stdio.h"

__noreturn void exit(int status);
int fork(void); /* 0 in the child, its pid in the parent */

/*
 * Become the program in the file argv[0], with the words up to the NULL as its arguments;
 * `name`, unless NULL, is what it is called. Returns only an error.
 */
int __exec(const char *name, const char **argv);
#define __exec0(name, path, ...)                                                                   \
    ({                                                                                             \
        const char *exec_words[] = {path, ##__VA_ARGS__, NULL};                                    \
        __exec(name, exec_words);                                                                  \
    })
#define exec(path, ...)        __exec0(NULL, path, ##__VA_ARGS__)
#define nexec(name, path, ...) __exec0(name, path, ##__VA_ARGS__)

int wait(void);                    /* for any child */
int waitpid(int pid, int *status); /* 0 is any child, status may be NULL; 0, not the pid */
int wait_any(int *status);         /* the pid of a child that ended */
int kill(int pid);
int getpid(void);
void yield(void);
int sleep(unsigned ticks);                 /* of 10 ms */
unsigned gettime_msec(void);               /* since boot */
void print_pgdir(void);                    /* on the console */
void lab6_set_priority(uint32_t priority); /* 1 on: more is more time under stride */
void lab6_setpriority(uint32_t priority);

/* Pages of zeroes, when touched; *at 0: anywhere, and where. MMAP_ flags. */
int mmap(uintptr_t *at, size_t bytes, uint32_t flags);
int munmap(uintptr_t at, size_t bytes);
int shmem(uintptr_t *at, size_t bytes, uint32_t flags); /* as mmap; children have the same pages */

/*
 * A child that ends with work(arg), on a stack that ends at `stack`; with CLONE_VM it is in our
 * memory. Its pid.
 */
int clone(uint32_t flags, uintptr_t stack, int (*work)(void *arg), void *arg);
/* 16-byte aligned; NULL when memory ran out. O(free blocks). */
void *malloc(size_t bytes);
void free(void *at); /* NULL is nothing */

/* What a shell needs: see unistd.h. */
int setpgid(int pid, int group);
int setfg(int group);
int rawmode(bool on);

/* To a descriptor. Errors go to 2, or where there is none to the console. */
int fprintf(int fd, const char *fmt, ...) PRINTF_LIKE(2, 3);
int vfprintf(int fd, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

#endif
