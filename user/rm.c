/* rm.c - remove files and empty directories. */
#include "tool.h"

int
main(int argc, char **argv) {
    int failed = argc > 1 ? 0 : complain("a name is expected");
    for (int i = 1; i < argc; i++) {
        int error = unlink(argv[i]);
        if (error != 0) {
            failed = complain("%s: %s", argv[i], error_name(error));
        }
    }
    return failed;
}
