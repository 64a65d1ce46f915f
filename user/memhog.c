/* memhog.c - `memhog [N]`: N MiB, or all there is, each page found empty and written. */
#include "tool.h"

#define MIB  ((size_t)1 << 20)
#define PAGE 4096

/* Another MiB; 0 or an error. Memory that is not there ends the program. */
static int
take_one(void) {
    uintptr_t at = 0;
    int error = mmap(&at, MIB, MMAP_WRITE);
    for (size_t i = 0; error == 0 && i < MIB; i += PAGE) {
        volatile uint64_t *word = (volatile uint64_t *)(at + i);
        assert(*word == 0);
        *word = at + i;
    }
    return error;
}

static int
take(long wanted, int report) {
    for (long taken = 0; taken < wanted; taken++) {
        int error = take_one();
        if (error != 0) {
            return error;
        }
        write_all(report, "", 1);
    }
    return 0;
}

int
main(int argc, char **argv) {
    long wanted = INT32_MAX, taken = 0;
    if (argc > 2 || (argc == 2 && !number(argv[1], 1, INT32_MAX, &wanted))) {
        return complain("%s: a number of MiB is expected", argv[1]);
    }
    int fd[2], error = pipe(fd);
    int pid = error != 0 ? error : fork();
    if (pid < 0) {
        return complain("%s", error_name(pid));
    }
    if (pid == 0) {
        close(fd[0]);
        exit(take(wanted, fd[1]));
    }
    close(fd[1]);
    char byte;
    while (read(fd[0], &byte, 1) == 1) {
        taken++;
    }
    int status = 0;
    waitpid(pid, &status);
    cprintf("memhog: %ld MiB taken and given back, status %d\n", taken, status);
    return argc == 2 && taken < wanted ? 1 : 0;
}
