/* badarg.c - waitpid refuses a pid and an address that are none. */
#include "ulib.h"

#define KERNEL_ADDRESS ((int *)0xC0000000)

int
main(void) {
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
