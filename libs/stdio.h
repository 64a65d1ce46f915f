/*
 * stdio.h - formatted output.
 *
 * Conversions: %d %i %u %o %x %X %p %c %s %% and ucore's %e (the name of an
 * error number); flags - 0 # + space, width and precision (also *), lengths
 * hh h l ll z t j.
 */
#ifndef LIBS_STDIO_H
#define LIBS_STDIO_H

#include "defs.h"
#include <stdarg.h>

/* Old files print size_t with %d; they are compiled with DROPIN, ours are checked. */
#ifdef DROPIN
#define PRINTF_LIKE(fmt, args)
#else
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

/* kern/libs/stdio.c: to the console. Each returns the number of characters. */
int cprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
int vcprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);
void cputchar(int c);
int cputs(const char *s); /* with a newline */
int getchar(void);        /* waits for a character, 1..255 */
char *
readline(const char *prompt); /* one edited line without its newline; valid until the next call */

/* libs/printfmt.c */

/* "out of memory" ... for a negative E_ code. */
const char *error_text(int error);

void printfmt(void (*putch)(int, void *), void *putdat, const char *fmt, ...) PRINTF_LIKE(3, 4);
void vprintfmt(void (*putch)(int, void *), void *putdat, const char *fmt, va_list ap)
    PRINTF_LIKE(3, 0);
/* At most `size` bytes with the final 0; returns the length it would have had. */
int snprintf(char *str, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
int vsnprintf(char *str, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

#endif
