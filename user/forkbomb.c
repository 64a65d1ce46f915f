/* forkbomb.c - `forkbomb [SECONDS]`: every process forks as often as it can until the time is up.
 */
#include "tool.h"

static unsigned until;

/* How many there were, this one and those below it. A child that was ended counts for one. */
static int
explode(void) {
    int born = 1, status;
    while (gettime_msec() < until) {
        int pid = fork();
        if (pid == 0) {
            exit(explode());
        }
        if (pid < 0) {
            yield();
        }
    }
    while (wait_any(&status) > 0) {
        born += status > 0 ? status : 1;
    }
    return born;
}

int
main(int argc, char **argv) {
    long seconds = 1;
    if (argc > 2 || (argc == 2 && !number(argv[1], 0, 1000, &seconds))) {
        return complain("%s: a number of seconds is expected", argv[1]);
    }
    until = gettime_msec() + 1000 * (unsigned)seconds;
    cprintf("forkbomb: at least %d processes\n", explode());
    return 0;
}
