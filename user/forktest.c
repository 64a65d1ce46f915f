/* forktest.c - many children at once, and each is waited for. */
#include "ulib.h"

#define CHILDREN 32

int
main(void) {
    for (int i = 0; i < CHILDREN; i++) {
        int pid = fork();
        if (pid == 0) {
            cprintf("I am child %d\n", i);
            exit(0);
        }
        assert(pid > 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        if (wait() != 0) {
            panic("wait stopped early: %d children of %d", i, CHILDREN);
        }
    }
    if (wait() == 0) {
        panic("wait got too many");
    }
    cprintf("forktest pass.\n");
    return 0;
}
