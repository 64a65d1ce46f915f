/* pwd.c - the working directory. */
#include "tool.h"

int
main(void) {
    static char path[1024];
    int error = getcwd(path, sizeof(path));
    if (error < 0) {
        return complain("%s", error_name(error));
    }
    cprintf("%s\n", path);
    return 0;
}
