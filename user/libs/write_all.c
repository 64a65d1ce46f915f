/* write_all.c - see tool.h. */
#include "error.h"
#include "tool.h"

int
write_all(int fd, const void *from, size_t n) {
    const char *next = from;
    while (n > 0) {
        int wrote = write(fd, next, n);
        if (wrote <= 0) {
            return wrote < 0 ? wrote : -E_UNSPECIFIED;
        }
        next += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}
