/* echo.c - its arguments in a line. */
#include "ulib.h"

int
main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        cprintf("%s%s", i > 1 ? " " : "", argv[i]);
    }
    cprintf("\n");
    return 0;
}
