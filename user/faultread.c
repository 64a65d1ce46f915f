/* faultread.c - a load from address 0 ends the program. */
#include "ulib.h"

int
main(void) {
    const volatile int *at = (const volatile int *)0;
    __asm__("" : "+r"(at)); /* the compiler must not know */
    cprintf("I read %#x from 0.\n", (unsigned)*at);
    panic("FAIL: address 0 can be read");
}
