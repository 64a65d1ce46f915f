/* ps.c - every process. */
#include "tool.h"

int
main(void) {
    return show("/dev/processes");
}
