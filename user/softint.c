/* softint.c - an instruction of the kernel's: illegal in user mode, it ends the program. */
#include "ulib.h"

int
main(void) {
    cprintf("softint: raising a software interrupt in the kernel.\n");
    __asm__ volatile("csrsi sip, 2");
    panic("FAIL: a program may write sip");
}
