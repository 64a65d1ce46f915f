/* spin.c - a child that never calls the kernel can be killed: the timer takes the hart from it. */
#include "ulib.h"

int
main(void) {
    cprintf("I am the parent. Forking the child...\n");
    int pid = fork();
    if (pid == 0) {
        cprintf("I am the child. spinning ...\n");
        for (volatile int spinning = 1; spinning != 0;) {
        }
    }
    assert(pid > 0);
    cprintf("I am the parent. Running the child...\n");
    for (int i = 0; i < 3; i++) {
        yield();
    }
    cprintf("I am the parent.  Killing the child...\n");
    int result = kill(pid), status = 0;
    cprintf("kill returns %d\n", result);
    assert(result == 0);
    result = waitpid(pid, &status);
    cprintf("wait returns %d\n", result);
    assert(result == 0 && status < 0);
    cprintf("spin may pass.\n");
    return 0;
}
