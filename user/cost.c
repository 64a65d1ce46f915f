/*
 * cost.c - what processes cost, in instructions of the hart: the least of some tries.
 *
 * Exact only with qemu -icount shift=0; else timer interrupts and other processes count, too.
 */
#include "file.h"
#include "ulib.h"

#define TRIES 8

static uint64_t
instructions(void) {
    uint64_t n;
    __asm__ volatile("rdinstret %0" : "=r"(n)::"memory");
    return n;
}

static void
call(void) {
    assert(getpid() > 0);
}

static void
fork_exit_wait(void) {
    int pid = fork();
    if (pid == 0) {
        exit(0);
    }
    assert(pid > 0 && waitpid(pid, NULL) == 0);
}

/* A byte to a child and back. */
static int to[2], back[2];

static void
answer(void) {
    char byte;
    while (read(to[0], &byte, 1) == 1) {
        write(back[1], &byte, 1);
    }
    exit(0);
}

static void
round_trip(void) {
    char byte = 'x';
    assert(write(to[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1);
}

static void
measure(const char *what, void (*thing)(void)) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        uint64_t before = instructions();
        thing();
        uint64_t taken = instructions() - before;
        least = taken < least ? taken : least;
    }
    cprintf("%-20s %8lu instructions\n", what, (unsigned long)least);
}

int
main(void) {
    cprintf("%-20s %8lu instructions\n", "since reset", (unsigned long)instructions());
    measure("a system call", call);
    measure("fork, exit, wait", fork_exit_wait);
    assert(pipe(to) == 0 && pipe(back) == 0);
    int pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        close(to[1]);
        answer();
    }
    measure("a pipe, there and back", round_trip);
    close(to[1]);
    return waitpid(pid, NULL);
}
