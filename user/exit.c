/* exit.c - a child's status reaches its parent, once. */
#include "ulib.h"

#define STATUS (-0x10384)

int
main(void) {
    cprintf("I am the parent. Forking the child...\n");
    int pid = fork();
    if (pid == 0) {
        cprintf("I am the child.\n");
        for (int i = 0; i < 7; i++) {
            yield();
        }
        exit(STATUS);
    }
    cprintf("I am parent, fork a child pid %d\n", pid);
    assert(pid > 0);
    cprintf("I am the parent, waiting now..\n");
    int status;
    assert(waitpid(pid, &status) == 0 && status == STATUS);
    assert(waitpid(pid, &status) != 0 && wait() != 0);
    cprintf("waitpid %d ok.\n", pid);
    cprintf("exit pass.\n");
    return 0;
}
