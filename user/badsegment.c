/* badsegment.c - a jump into data: no right to execute there ends the program. */
#include "ulib.h"

static const uint32_t code[] = {0x00008067}; /* ret */

int
main(void) {
    cprintf("badsegment: calling data at %p.\n", (const void *)code);
    ((void (*)(void))(uintptr_t)code)();
    panic("FAIL: data was executed");
}
