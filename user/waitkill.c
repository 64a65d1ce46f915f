/* waitkill.c - a parent is killed while it waits; its other child kills the one it waits for. */
#include "ulib.h"

static int parent, first;

static void
yield_often(void) {
    for (int i = 0; i < 10; i++) {
        yield();
    }
}

static int
second_child(void) {
    cprintf("child 2.\n");
    yield_often();
    if (kill(parent) != 0) {
        return 1;
    }
    cprintf("kill parent ok.\n");
    yield_often();
    if (kill(first) != 0) {
        return 1;
    }
    cprintf("kill child1 ok.\n");
    return 0;
}

int
main(void) {
    parent = getpid();
    first = fork();
    if (first == 0) {
        cprintf("child 1.\n");
        for (volatile int spinning = 1; spinning != 0;) {
        }
    }
    assert(first > 0);
    int second = fork();
    if (second == 0) {
        return second_child();
    }
    if (second < 0) {
        kill(first);
        panic("FAIL: fork gives %d", second);
    }
    cprintf("wait child 1.\n");
    waitpid(first, NULL);
    panic("waitpid %d returns, though its caller was to be killed", first);
}
