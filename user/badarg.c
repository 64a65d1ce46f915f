/* badarg.c - waitpid and read refuse a pid and an address that are none. */
#include "file.h"
#include "ulib.h"

#define KERNEL_ADDRESS ((int *)0xC0000000)

/* A read to where nothing can be stored is an error, and takes nothing out of the pipe. */
static void
read_to_nowhere(void) {
    int fd[2];
    char byte;
    assert(pipe(fd) == 0 && write(fd[1], "x", 1) == 1);
    assert(close(fd[1]) == 0);
    assert(read(fd[0], KERNEL_ADDRESS, 1) < 0);
    assert(read(fd[0], &byte, 1) == 1 && byte == 'x');
    assert(close(fd[0]) == 0);
}

int
main(void) {
    read_to_nowhere();
    int pid = fork();
    if (pid == 0) {
        cprintf("fork ok.\n");
        for (int i = 0; i < 10; i++) {
            yield();
        }
        exit(0xbeaf);
    }
    assert(pid > 0);
    assert(waitpid(-1, NULL) != 0);
    assert(waitpid(pid, KERNEL_ADDRESS) != 0);
    int status;
    assert(waitpid(pid, &status) == 0 && status == 0xbeaf);
    cprintf("badarg pass.\n");
    return 0;
}
