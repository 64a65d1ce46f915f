/* divzero.c - a division by zero is no trap on RISC-V: its result has all bits set. */
#include "ulib.h"

static volatile int zero = 0;

static int
divide(int by) {
    int quotient;
    __asm__("divw %0, %1, %2" : "=r"(quotient) : "r"(1), "r"(by)); /* in C it has no meaning */
    return quotient;
}

int
main(void) {
    cprintf("value is %d.\n", divide(zero));
    assert(divide(zero) == -1);
    cprintf("divzero pass.\n");
    return 0;
}
