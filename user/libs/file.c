/* file.c - the calls of file.h. */
#include "file.h"
#include "syscall.h"

int
open(const char *path, uint32_t flags) {
    return (int)syscall(SYS_open, path, flags);
}

int
close(int fd) {
    return (int)syscall(SYS_close, fd);
}

int
read(int fd, void *to, size_t n) {
    return (int)syscall(SYS_read, fd, to, n);
}

int
write(int fd, const void *from, size_t n) {
    return (int)syscall(SYS_write, fd, from, n);
}

int
seek(int fd, off_t offset, int whence) {
    return (int)syscall(SYS_seek, fd, offset, whence);
}

int
fstat(int fd, struct stat *stat) {
    return (int)syscall(SYS_fstat, fd, stat);
}

int
fsync(int fd) {
    return (int)syscall(SYS_fsync, fd);
}

int
dup(int fd) {
    return (int)syscall(SYS_dup, fd, -1);
}

int
dup2(int from, int to) {
    return (int)syscall(SYS_dup, from, to);
}

int
pipe(int fd[2]) {
    return (int)syscall(SYS_pipe, fd);
}

int
mkdir(const char *path) {
    return (int)syscall(SYS_mkdir, path);
}

int
unlink(const char *path) {
    return (int)syscall(SYS_unlink, path);
}
