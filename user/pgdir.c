/* pgdir.c - the kernel prints the program's page table. */
#include "ulib.h"

int
main(void) {
    cprintf("I am %d, print pgdir.\n", getpid());
    print_pgdir();
    cprintf("pgdir pass.\n");
    return 0;
}
