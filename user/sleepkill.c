/* sleepkill.c - a child that sleeps for ever can be killed. */
#include "ulib.h"

int
main(void) {
    int pid = fork();
    if (pid == 0) {
        sleep(~0u);
        exit(0xdead);
    }
    assert(pid > 0);
    sleep(100);
    int status = 0;
    assert(kill(pid) == 0);
    assert(waitpid(pid, &status) == 0 && status < 0);
    cprintf("sleepkill pass.\n");
    return 0;
}
