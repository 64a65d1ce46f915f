/* fragment.c - `fragment [N]`: N MiB page by page, then every second page is given back: free
 * memory in slivers. */
#include "tool.h"

#define PAGE         4096
#define PAGES_OF_MIB 256

static int
buddyinfo(const char *when) {
    cprintf("fragment: %s\n", when);
    return show("/dev/buddyinfo");
}

int
main(int argc, char **argv) {
    long mib = 4;
    if (argc > 2 || (argc == 2 && !number(argv[1], 1, 1024, &mib))) {
        return complain("%s: a number of MiB is expected", argv[1]);
    }
    size_t bytes = (size_t)mib * PAGES_OF_MIB * PAGE;
    uintptr_t at = 0;
    int error = mmap(&at, bytes, MMAP_WRITE);
    if (error != 0) {
        return complain("%ld MiB: %s", mib, error_name(error));
    }
    buddyinfo("before");
    for (size_t i = 0; i < bytes; i += PAGE) {
        *(volatile char *)(at + i) = 1;
    }
    for (size_t i = 0; error == 0 && i < bytes; i += (size_t)2 * PAGE) {
        error = munmap(at + i, PAGE);
    }
    return error == 0 ? buddyinfo("every second page given back")
                      : complain("munmap: %s", error_name(error));
}
