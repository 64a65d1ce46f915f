/*
 * file.h - open files, by the names that the course's programs use.
 *
 * Functions return 0 or more, or a negative error of error.h.
 */
#ifndef USER_LIBS_FILE_H
#define USER_LIBS_FILE_H

#include "dirent.h"
#include "stat.h"
#include "unistd.h"

int open(const char *path, uint32_t flags); /* O_ flags; a descriptor */
int close(int fd);
int read(int fd, void *to, size_t n);          /* bytes, 0: the end */
int write(int fd, const void *from, size_t n); /* bytes */
int seek(int fd, off_t offset, int whence);    /* LSEEK_ */
int fstat(int fd, struct stat *stat);
int fsync(int fd);
int dup(int fd); /* the lowest that is free */
int dup2(int from, int to);
int pipe(int fd[2]); /* to read, to write */
int mkdir(const char *path);
int unlink(const char *path);

#endif
