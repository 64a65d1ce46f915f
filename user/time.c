/* time.c - how long a command takes. */
#include "tool.h"

int
main(int argc, char **argv) {
    if (argc < 2) {
        return complain("a command is expected");
    }
    unsigned before = gettime_msec();
    int pid = fork();
    if (pid == 0) {
        exit(run_program((const char **)argv + 1));
    }
    int status = 1, error = pid < 0 ? pid : waitpid(pid, &status);
    if (error != 0) {
        return complain("%s: %s", argv[1], error_name(error));
    }
    unsigned msecs = gettime_msec() - before;
    fprintf(2, "%u.%03u s\n", msecs / 1000, msecs % 1000);
    return status;
}
