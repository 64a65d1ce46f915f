/* run_program.c - see tool.h. */
#include "tool.h"

int
run_program(const char **argv) {
    char path[512];
    const char *name = argv[0];
    if (strchr(name, '/') == NULL) {
        snprintf(path, sizeof(path), "/bin/%s", name);
        argv[0] = path;
    }
    int error = __exec(name, argv);
    complain("%s: %s", name, error_name(error));
    return 127;
}
