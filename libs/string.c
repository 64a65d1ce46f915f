/*
 * string.c - the string functions of string.h, for kernel and user programs.
 *
 * The block functions move a machine word at a time where both sides can be
 * aligned together; the others go byte by byte, so that nothing is ever read
 * beyond the end that the caller gave.
 */
#include "string.h"

/* gcc would recognise the loops below and replace them by calls of themselves. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* Any object may be read and written through it. */
typedef uintptr_t __attribute__((may_alias)) word_t;
#define WORD sizeof(word_t)

size_t
strlen(const char *s) {
    size_t n = 0;
    while (s[n] != '\0') {
        n++;
    }
    return n;
}

size_t
strnlen(const char *s, size_t len) {
    size_t n = 0;
    while (n < len && s[n] != '\0') {
        n++;
    }
    return n;
}

char *
strcpy(char *dst, const char *src) {
    size_t i = 0;
    do {
        dst[i] = src[i];
    } while (src[i++] != '\0');
    return dst;
}

char *
strncpy(char *dst, const char *src, size_t len) {
    size_t i = 0;
    for (; i < len && src[i] != '\0'; i++) {
        dst[i] = src[i];
    }
    for (; i < len; i++) {
        dst[i] = '\0';
    }
    return dst;
}

int
strcmp(const char *s1, const char *s2) {
    while (*s1 != '\0' && *s1 == *s2) {
        s1++;
        s2++;
    }
    return (unsigned char)*s1 - (unsigned char)*s2;
}

int
strncmp(const char *s1, const char *s2, size_t n) {
    size_t i = 0;
    while (i < n && s1[i] != '\0' && s1[i] == s2[i]) {
        i++;
    }
    return i == n ? 0 : (unsigned char)s1[i] - (unsigned char)s2[i];
}

char *
strfind(const char *s, int c) {
    while (*s != '\0' && *s != (char)c) {
        s++;
    }
    return (char *)s;
}

char *
strchr(const char *s, int c) {
    char *found = strfind(s, c);
    return *found == (char)c ? found : NULL;
}

/* What the character is worth as a digit, 0..35, or 36 when it is none. */
static int
digit_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A' + 10;
    }
    return 36;
}

/* Step over 0x where base and the next character allow it; settles base 0. */
static const char *
skip_prefix(const char *s, int *base) {
    bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;
    if (hex && (*base == 0 || *base == 16)) {
        *base = 16;
        return s + 2;
    }
    if (*base == 0) {
        *base = s[0] == '0' ? 8 : 10;
    }
    return s;
}

long
strtol(const char *s, char **endptr, int base) {
    const char *end = s;
    const char *p = s;
    while (*p == ' ' || (*p >= '\t' && *p <= '\r')) {
        p++;
    }
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') {
        p++;
    }
    unsigned long limit = (~0ul >> 1) + negative;
    unsigned long value = 0;
    if (base == 0 || (base >= 2 && base <= 36)) {
        p = skip_prefix(p, &base);
        for (int digit; (digit = digit_value(*p)) < base; end = ++p) {
            bool fits = value <= (limit - (unsigned long)digit) / (unsigned long)base;
            value = fits ? value * (unsigned long)base + (unsigned long)digit : limit;
        }
    }
    if (endptr != NULL) {
        *endptr = (char *)end;
    }
    return (long)(negative ? 0 - value : value);
}

void *
memset(void *s, int c, size_t n) {
    unsigned char *p = s;
    for (; n > 0 && (uintptr_t)p % WORD != 0; n--) {
        *p++ = (unsigned char)c;
    }
    word_t pattern = (word_t)-1 / 255 * (unsigned char)c;
    for (; n >= WORD; n -= WORD, p += WORD) {
        *(word_t *)p = pattern;
    }
    for (; n > 0; n--) {
        *p++ = (unsigned char)c;
    }
    return s;
}

/* Low to high: right when dst is below src, or the two do not overlap. */
static void
copy_up(unsigned char *dst, const unsigned char *src, size_t n) {
    if (((uintptr_t)dst ^ (uintptr_t)src) % WORD == 0) {
        for (; n > 0 && (uintptr_t)dst % WORD != 0; n--) {
            *dst++ = *src++;
        }
        for (; n >= WORD; n -= WORD, dst += WORD, src += WORD) {
            *(word_t *)dst = *(const word_t *)src;
        }
    }
    for (; n > 0; n--) {
        *dst++ = *src++;
    }
}

/* High to low: right when dst is above src. */
static void
copy_down(unsigned char *dst, const unsigned char *src, size_t n) {
    if (((uintptr_t)dst ^ (uintptr_t)src) % WORD == 0) {
        for (; n > 0 && (uintptr_t)(dst + n) % WORD != 0; n--) {
            dst[n - 1] = src[n - 1];
        }
        for (; n >= WORD; n -= WORD) {
            *(word_t *)(dst + n - WORD) = *(const word_t *)(src + n - WORD);
        }
    }
    for (; n > 0; n--) {
        dst[n - 1] = src[n - 1];
    }
}

void *
memmove(void *dst, const void *src, size_t n) {
    if ((uintptr_t)dst - (uintptr_t)src >= n) {
        copy_up(dst, src, n);
    } else {
        copy_down(dst, src, n);
    }
    return dst;
}

void *
memcpy(void *dst, const void *src, size_t n) {
    copy_up(dst, src, n);
    return dst;
}

int
memcmp(const void *v1, const void *v2, size_t n) {
    const unsigned char *a = v1;
    const unsigned char *b = v2;
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            return a[i] - b[i];
        }
    }
    return 0;
}
