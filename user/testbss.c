/* testbss.c - static variables are zeroes and hold what is stored; what is behind them is nobody's.
 */
#include "ulib.h"

#define WORDS (1024 * 1024)

static uint32_t words[WORDS];
extern char end[]; /* of the program, tools/user.ld */

int
main(void) {
    cprintf("Making sure bss works right...\n");
    for (uint32_t i = 0; i < WORDS; i++) {
        if (words[i] != 0) {
            panic("words[%u] is %#x before the first store", i, words[i]);
        }
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = i;
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        if (words[i] != i) {
            panic("words[%u] is %#x", i, words[i]);
        }
    }
    cprintf("Yes, good.  Now doing a wild write off the end...\n");
    cprintf("testbss may pass.\n");
    volatile uint32_t *wild = (volatile uint32_t *)ROUNDUP((uintptr_t)end, 4096);
    __asm__("" : "+r"(wild));
    *wild = 0;
    panic("FAIL: what is behind the program can be written");
}
