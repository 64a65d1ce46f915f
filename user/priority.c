/* priority.c - children of priority 1 to 5 count as far as they get: under stride in that
 * proportion. */
#include "ulib.h"

#define CHILDREN 5
#define MSECS    3000 /* for each, from the start */

static void
count(uint32_t priority, unsigned until) {
    unsigned acc = 0;
    lab6_setpriority(priority);
    while (gettime_msec() < until) {
        for (volatile int i = 0; i < 200; i++) {
        }
        acc++;
    }
    cprintf("child pid %d, acc %u, time %u\n", getpid(), acc, gettime_msec());
    exit((int)acc);
}

int
main(void) {
    int pids[CHILDREN], accs[CHILDREN];
    lab6_setpriority(CHILDREN + 1);
    unsigned until = gettime_msec() + MSECS;
    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            count((uint32_t)i + 1, until);
        }
        assert(pids[i] > 0);
    }
    cprintf("main: fork ok,now need to wait pids.\n");
    for (int i = 0; i < CHILDREN; i++) {
        assert(waitpid(pids[i], &accs[i]) == 0);
        cprintf("main: pid %d, acc %d, time %u\n", pids[i], accs[i], gettime_msec());
    }
    cprintf("main: wait pids over\n");
    cprintf("stride sched correct result:");
    for (int i = 0; i < CHILDREN; i++) {
        cprintf(" %d", (accs[i] * 2 / (accs[0] > 0 ? accs[0] : 1) + 1) / 2);
    }
    cprintf("\n");
    return 0;
}
