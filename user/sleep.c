/* sleep.c - `sleep N`: wait N seconds; without N the course's test, ten times a second. */
#include "tool.h"

#define TICKS_A_SECOND 100

static int
test(void) {
    unsigned before = gettime_msec();
    int pid = fork();
    if (pid == 0) {
        for (int i = 1; i <= 10; i++) {
            sleep(TICKS_A_SECOND);
            cprintf("sleep %d x 100 slices.\n", i);
        }
        exit(0);
    }
    int status;
    assert(pid > 0 && waitpid(pid, &status) == 0 && status == 0);
    unsigned msecs = gettime_msec() - before;
    cprintf("use %04u msecs.\n", msecs);
    assert(msecs >= 10000);
    cprintf("sleep pass.\n");
    return 0;
}

int
main(int argc, char **argv) {
    long seconds;
    if (argc == 1) {
        return test();
    }
    if (argc != 2 || !number(argv[1], 0, 1000000, &seconds)) {
        return complain("%s: a number of seconds is expected", argv[1]);
    }
    return sleep((unsigned)seconds * TICKS_A_SECOND) == 0 ? 0 : 1;
}
