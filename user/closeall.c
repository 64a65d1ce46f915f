/* closeall.c - a program that closes everything can still be heard, open files again, and end. */
#include "file.h"
#include "ulib.h"

#define MANY 1024

int
main(void) {
    for (int fd = 0; fd < MANY; fd++) {
        close(fd);
    }
    cprintf("closeall: nothing is open.\n");
    char byte = 0;
    assert(read(0, &byte, 1) < 0 && write(1, &byte, 1) < 0 && dup(0) < 0);
    assert(open("/dev/null", O_RDWR) == 0);
    assert(read(0, &byte, 1) == 0 && write(0, &byte, 1) == 1 && close(0) == 0);
    cprintf("closeall pass.\n");
    return 0;
}
