/* meminfo.c - the allocator's figures, in pages. */
#include "tool.h"

int
main(void) {
    return show("/dev/meminfo");
}
