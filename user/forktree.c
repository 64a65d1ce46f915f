/* forktree.c - a tree of processes, each named by the way to it; it waits for its branches. */
#include "string.h"
#include "ulib.h"

#define DEPTH 4

static void grow(const char *way);

static void
branch(const char *way, char turn) {
    char longer[DEPTH + 1];
    if (strlen(way) < DEPTH) {
        snprintf(longer, sizeof(longer), "%s%c", way, turn);
        if (fork() == 0) {
            grow(longer);
            exit(0);
        }
    }
}

static void
grow(const char *way) {
    cprintf("%04x: I am '%s'\n", (unsigned)getpid(), way);
    branch(way, '0');
    branch(way, '1');
    while (wait() == 0) {
    }
}

int
main(void) {
    grow("");
    return 0;
}
