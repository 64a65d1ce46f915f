/* monitor_fail.c - the monitor's commands that make allocations fail. */
#include "checks.h"
#include "monitor.h"
#include "stdio.h"
#include "string.h"

void
print_fail(const struct fail *fail) {
    cprintf("%s=%zu: ", fail->name, fail->nth);
    if (fail->nth == 0) {
        cprintf("no allocation will be refused\n");
    } else if (fail_struck(fail)) {
        cprintf("struck; no other allocation will be refused\n");
    } else {
        cprintf("%zu allocations so far, and none refused\n", fail->nth - fail->left);
    }
}

/* Without a number, only say how things are. */
static int
arm(struct fail *fail, const char *number) {
    if (number != NULL) {
        char *end;
        long n = strtol(number, &end, 10);
        if (end == number || *end != '\0' || n < 0 || n == INT64_MAX) {
            cprintf("%s: '%s' is not a number of allocations\n", fail->name, number);
            return MONITOR_FAILED;
        }
        fail_arm(fail, (size_t)n);
    }
    print_fail(fail);
    return 0;
}

static int
cmd_failpage(char **argv) {
    return arm(fail_page, argv[1]);
}

static int
cmd_failslab(char **argv) {
    return arm(fail_slab, argv[1]);
}

static int
cmd_failsweep(char **argv) {
    (void)argv;
    size_t refused = 0;
    for (size_t i = 0; i < nchecks; i++) {
        if (!check_sweep(&checks[i], &refused)) {
            return MONITOR_FAILED;
        }
    }
    cprintf("failsweep: %zu allocations refused one by one, nothing lost\n", refused);
    return 0;
}

const struct monitor_command monitor_fail_commands[] = {
    {"failpage", "[n]", "the nth alloc_pages from now on fails; 0: none; or how it stands", 0, 1,
     cmd_failpage},
    {"failslab", "[n]", "the same for objects of the heap", 0, 1, cmd_failslab},
    {"failsweep", "", "run every check with each of its allocations refused in turn", 0, 0,
     cmd_failsweep},
    {NULL, NULL, NULL, 0, 0, NULL},
};
