/*
 * console.h - bytes to and from the firmware's console.
 *
 * The debug console extension where there is one, else the legacy calls; usable
 * from the first instruction of C on.
 */
#ifndef KERN_DRIVER_CONSOLE_H
#define KERN_DRIVER_CONSOLE_H

#include "defs.h"

/* Choose the way; before it, the legacy calls are used. */
void console_init(void);

/* "debug console" or "legacy console". */
const char *console_name(void);

/* Write n bytes. Does not wait for interrupts and takes no lock. */
void console_write(const char *s, size_t n);

/* The next byte that was typed, 0..255, or -1 when there is none. */
int console_getc(void);

#endif
