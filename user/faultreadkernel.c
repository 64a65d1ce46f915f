/* faultreadkernel.c - a load from the kernel's memory ends the program. */
#include "ulib.h"

int
main(void) {
    const volatile unsigned *at = (const volatile unsigned *)0xffffffffc0200000;
    cprintf("I read %#x from the kernel.\n", *at);
    panic("FAIL: the kernel's text can be read");
}
