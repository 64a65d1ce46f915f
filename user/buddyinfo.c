/* buddyinfo.c - free blocks by size. */
#include "tool.h"

int
main(void) {
    return show("/dev/buddyinfo");
}
