/* kill.c - end processes by their numbers. */
#include "error.h"
#include "tool.h"

int
main(int argc, char **argv) {
    int failed = argc > 1 ? 0 : complain("the number of a process is expected");
    for (int i = 1; i < argc; i++) {
        long pid;
        int error = number(argv[i], 1, INT32_MAX, &pid) ? kill((int)pid) : -E_INVAL;
        if (error != 0) {
            failed = complain("%s: %s", argv[i], error_name(error));
        }
    }
    return failed;
}
