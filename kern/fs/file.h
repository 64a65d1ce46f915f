/*
 * file.h - what a process does with files: open ones by number, and paths from a working directory.
 *
 * Buffers and paths are kernel memory; whoever calls for a program copies. Results are 0 or more,
 * or a negative E_ code: -E_INVAL for a descriptor that is not open, or not for this.
 */
#ifndef KERN_FS_FILE_H
#define KERN_FS_FILE_H

#include "path.h"
#include "unistd.h"

#define OPEN_MAX 64 /* descriptors of a process */

struct files;

/*
 * Build the tree anew, whatever there was: `/` with the archive's files, /tmp to write in, /dev.
 * The archive stays where it is for ever; size 0: there is none. NULL, or why the
 * archive cannot be used, valid until the next call: then there is nothing of it. In /dev
 * of the archive nothing takes the place of a device.
 */
const char *fs_init(const void *archive, size_t size) __warn_unused;

/*
 * /dev/`name`: a text, made by `text` whenever it is opened, which prints with
 * printfmt(putch, arg, ...). `name` is kept. -E_NO_MEM, -E_EXISTS.
 */
int fs_add_text(const char *name, void (*text)(putch_t putch, void *arg)) __warn_unused;

/* Unlink all that is in /tmp. */
void fs_clear_tmp(void);

/* No file open, `/` as working directory. NULL: memory ran out. */
struct files *files_create(void);

/* The same files, open in both, with one position each, and the same directory. */
struct files *files_dup(const struct files *files);

/* Close them all. NULL: nothing. */
void files_destroy(struct files *files);

/*
 * The lowest descriptor that is free. -E_NOENT, -E_NOTDIR, -E_TOO_BIG: see path.h;
 * -E_EXISTS: with O_CREAT | O_EXCL; -E_ISDIR: a directory can only be read;
 * -E_ACCESS: it cannot be written, or nothing made where it is to be; -E_INVAL: flags;
 * -E_MAX_OPEN, -E_NO_MEM. On an error nothing is made, and nothing truncated.
 */
int file_open(struct files *files, const char *path, uint32_t flags);
int file_close(struct files *files, int fd);

/* At most n bytes; 0: the end. -E_ISDIR, -E_KILLED. The console and pipes wait for the first. */
long file_read(struct files *files, int fd, void *to, size_t n);

/* Bytes written, fewer than n only if the next would be an error: -E_TOO_BIG, -E_NO_MEM (/tmp
 * leaves some to others), -E_PIPE, -E_KILLED. */
long file_write(struct files *files, int fd, const void *from, size_t n);

/* `whence` is LSEEK_SET, _CUR or _END. -E_SEEK: it is neither file nor directory. */
int file_seek(struct files *files, int fd, off_t offset, int whence);

int file_stat(struct files *files, int fd, struct stat *stat);

/* 0, if it is open: nothing is kept back. */
int file_fsync(struct files *files, int fd);

/* `to` becomes, or -1: the lowest that is free becomes, the same open file; returns it. */
int file_dup(struct files *files, int from, int to);

/* fd[0] to read, fd[1] to write. -E_MAX_OPEN, -E_NO_MEM: neither is open. */
int file_pipe(struct files *files, int fd[2]);

/*
 * The entry at dirent->offset, which moves on to the next; `.` and `..` come first. An entry
 * that stays is seen once, whatever is made or unlinked meanwhile. -E_NOENT: there are no more;
 * -E_NOTDIR.
 */
int file_getdirentry(struct files *files, int fd, struct dirent *dirent);

/* -E_NOENT: it was unlinked; -E_TOO_BIG: n bytes are too few. */
int file_getcwd(const struct files *files, char *to, size_t n);
int file_chdir(struct files *files, const char *path);

/* -E_EXISTS, -E_ACCESS, and as path.h says. */
int file_mkdir(struct files *files, const char *path);

/* A file, or a directory without entries: -E_NOTEMPTY. What is open lives until it is closed. */
int file_unlink(struct files *files, const char *path);

/* A regular file to read by node_read, as for exec; a reference, for node_put. -E_ISDIR, -E_ACCESS.
 */
int file_find(const struct files *files, const char *path, struct node **node);

#endif
