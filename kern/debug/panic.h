/* panic.h - what a panic can say beyond its message. */
#ifndef KERN_DEBUG_PANIC_H
#define KERN_DEBUG_PANIC_H

#include "defs.h"

/* From now on a panic adds "while WHAT ADDRESS"; NULL ends that. `what` is not copied. */
void panic_while(const char *what, uintptr_t address);

#endif
