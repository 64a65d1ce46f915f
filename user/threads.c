/* threads.c - memory that processes have in common: by clone all of it, by shmem a part. */
#include "ulib.h"
#include "unistd.h"

#define TIMES 100

static char stack[4096] __attribute__((aligned(16)));
static volatile int turns;

static int
count(void *arg) {
    for (int i = 0; i < TIMES; i++) {
        turns++;
        yield();
    }
    return *(int *)arg;
}

static void
by_clone(void) {
    int seven = 7, status;
    int pid = clone(CLONE_VM, (uintptr_t)(stack + sizeof(stack)), count, &seven);
    assert(pid > 0);
    while (turns < TIMES) {
        yield();
    }
    assert(waitpid(pid, &status) == 0 && status == 7);
    cprintf("threads: a clone counted to %d in our memory.\n", turns);
}

static void
by_shmem(void) {
    volatile int *shared = NULL;
    int own = 1, status;
    assert(shmem((uintptr_t *)&shared, 2 * 4096, MMAP_WRITE) == 0 && *shared == 0);
    int pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        shared[1024] = 42;
        own = 2;
        exit(own);
    }
    assert(waitpid(pid, &status) == 0 && status == 2);
    assert(own == 1 && shared[1024] == 42);
    assert(munmap((uintptr_t)shared, 2 * 4096) == 0);
    cprintf("threads: a child stored 42 in the page that is ours, too.\n");
}

int
main(void) {
    by_clone();
    by_shmem();
    cprintf("threads pass.\n");
    return 0;
}
