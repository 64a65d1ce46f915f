/* string.h - the C string functions that kernel and user programs share. */
#ifndef LIBS_STRING_H
#define LIBS_STRING_H

#include "defs.h"

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t len);

char *strcpy(char *dst, const char *src);
char *strncpy(char *dst, const char *src, size_t len);

int strcmp(const char *s1, const char *s2);
int strncmp(const char *s1, const char *s2, size_t n);

char *strchr(const char *s, int c);
/* Like strchr, but the end of the string (not NULL) when `c` is not in it. */
char *strfind(const char *s, int c);

/*
 * The integer at the start of `s` (blanks, sign, 0x or 0 prefix when base is 0
 * or 16). *endptr, unless NULL, is where it ends: `s` if there was none.
 * Saturates at LONG_MIN and LONG_MAX.
 */
long strtol(const char *s, char **endptr, int base);

void *memset(void *s, int c, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
int memcmp(const void *v1, const void *v2, size_t n);

#endif
