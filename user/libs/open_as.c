/* open_as.c - see tool.h. */
#include "tool.h"

int
open_as(int fd, const char *path, uint32_t flags) {
    int got = open(path, flags);
    if (got < 0 || got == fd) {
        return got < 0 ? got : 0;
    }
    int result = dup2(got, fd);
    close(got);
    return result < 0 ? result : 0;
}
