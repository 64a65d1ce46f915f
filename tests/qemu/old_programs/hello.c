/* hello.c - takes the place of the program of that name. */
#include <stdio.h>

int
main(void) {
    cprintf("another hello\n");
    return 0;
}
