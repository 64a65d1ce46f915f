/*
 * printfmt.c - formatted output, one character at a time, into any sink.
 *
 * Needs no memory beyond its stack frame (about 150 bytes), so it works before
 * there is an allocator and inside a panic.
 */
#include "error.h"
#include "stdio.h"
#include "string.h"

enum length { LEN_CHAR, LEN_SHORT, LEN_INT, LEN_LONG, LEN_LLONG, LEN_SIZE, LEN_PTRDIFF, LEN_MAX };

/* One conversion: what stands between % and its letter. */
struct spec {
    bool left, zero, alternate, plus, space;
    int width;
    int precision; /* -1: not given */
    enum length length;
};

/* Where the characters go, and the arguments that are left. */
struct job {
    void (*putch)(int, void *);
    void *putdat;
    va_list args;
};

static const char *const error_names[E_MAX + 1] = {
    [E_UNSPECIFIED] = "unspecified error",
    [E_BAD_PROC] = "no such process",
    [E_INVAL] = "invalid argument",
    [E_NO_MEM] = "out of memory",
    [E_NO_FREE_PROC] = "too many processes",
    [E_FAULT] = "bad address",
    [E_ACCESS] = "permission denied",
    [E_KILLED] = "killed",
    [E_INVAL_ELF] = "not a program",
    [E_TOO_BIG] = "too big",
    [E_UNIMP] = "no such call",
    [E_NOENT] = "no such file or directory",
    [E_ISDIR] = "is a directory",
    [E_NOTDIR] = "not a directory",
    [E_SEEK] = "cannot be positioned",
    [E_MAX_OPEN] = "too many open files",
    [E_EXISTS] = "file exists",
    [E_NOTEMPTY] = "directory not empty",
    [E_PIPE] = "nobody reads the pipe",
    [E_LOST] = "memory was lost",
};

static void
put_bytes(struct job *job, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        job->putch((unsigned char)s[i], job->putdat);
    }
}

static void
put_repeated(struct job *job, char c, int n) {
    for (int i = 0; i < n; i++) {
        job->putch(c, job->putdat);
    }
}

/* `n` characters, filled with blanks up to the width. */
static void
put_text(struct job *job, const struct spec *spec, const char *s, size_t n) {
    int fill = n < (size_t)spec->width ? spec->width - (int)n : 0;
    put_repeated(job, ' ', spec->left ? 0 : fill);
    put_bytes(job, s, n);
    put_repeated(job, ' ', spec->left ? fill : 0);
}

static void
put_string(struct job *job, const struct spec *spec, const char *s) {
    if (s == NULL) {
        s = "(null)";
    }
    put_text(job, spec, s, spec->precision < 0 ? strlen(s) : strnlen(s, (size_t)spec->precision));
}

/* The digits of `value`, last one at end[-1]; returns the first. None for 0. */
static char *
format_digits(char *end, uint64_t value, unsigned base, bool upper) {
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (; value != 0; value /= base) {
        *--end = digits[value % base];
    }
    return end;
}

/* Blanks, prefix (sign or 0x), zeros, digits, blanks. */
static void
put_number(struct job *job, const struct spec *spec, const char *prefix, uint64_t value,
           unsigned base, bool upper) {
    char buffer[22]; /* 64 bits in octal */
    char *end = buffer + sizeof(buffer);
    char *first = format_digits(end, value, base, upper);
    int ndigits = (int)(end - first);
    int nprefix = (int)strlen(prefix);

    int nzeros = (spec->precision < 0 ? 1 : spec->precision) - ndigits;
    if (base == 8 && spec->alternate && nzeros <= 0) {
        nzeros = 1;
    }
    nzeros = nzeros < 0 ? 0 : nzeros;
    int room = spec->width - nprefix - ndigits;
    int fill = room > nzeros ? room - nzeros : 0;
    if (spec->zero && !spec->left && spec->precision < 0) {
        nzeros += fill;
        fill = 0;
    }

    put_repeated(job, ' ', spec->left ? 0 : fill);
    put_bytes(job, prefix, (size_t)nprefix);
    put_repeated(job, '0', nzeros);
    put_bytes(job, first, (size_t)ndigits);
    put_repeated(job, ' ', spec->left ? fill : 0);
}

static int64_t
next_signed(struct job *job, enum length length) {
    switch (length) {
    case LEN_CHAR:
        return (signed char)va_arg(job->args, int);
    case LEN_SHORT:
        return (short)va_arg(job->args, int);
    case LEN_LONG:
        return va_arg(job->args, long);
    case LEN_LLONG:
        return va_arg(job->args, long long);
    case LEN_SIZE:
    case LEN_PTRDIFF:
        return va_arg(job->args, ptrdiff_t);
    case LEN_MAX:
        return va_arg(job->args, intmax_t);
    default:
        return va_arg(job->args, int);
    }
}

static uint64_t
next_unsigned(struct job *job, enum length length) {
    switch (length) {
    case LEN_CHAR:
        return (unsigned char)va_arg(job->args, unsigned);
    case LEN_SHORT:
        return (unsigned short)va_arg(job->args, unsigned);
    case LEN_LONG:
        return va_arg(job->args, unsigned long);
    case LEN_LLONG:
        return va_arg(job->args, unsigned long long);
    case LEN_SIZE:
    case LEN_PTRDIFF:
        return va_arg(job->args, size_t);
    case LEN_MAX:
        return va_arg(job->args, uintmax_t);
    default:
        return va_arg(job->args, unsigned);
    }
}

/* Without overflow for the smallest number. */
static uint64_t
magnitude(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static void
put_signed(struct job *job, const struct spec *spec) {
    int64_t value = next_signed(job, spec->length);
    const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
    put_number(job, spec, sign, magnitude(value), 10, false);
}

static void
put_hex(struct job *job, const struct spec *spec, bool upper) {
    uint64_t value = next_unsigned(job, spec->length);
    const char *prefix = !spec->alternate || value == 0 ? "" : upper ? "0X" : "0x";
    put_number(job, spec, prefix, value, 16, upper);
}

const char *
error_text(int error) {
    return error < 0 && error >= -E_MAX ? error_names[-error] : "unknown error";
}

static void
put_error(struct job *job, const struct spec *spec) {
    uint64_t error = magnitude(next_signed(job, spec->length));
    if (error > 0 && error <= E_MAX) {
        put_string(job, spec, error_names[error]);
    } else {
        put_number(job, spec, "error ", error, 10, false);
    }
}

/* A number or *, at most the largest int; negative only from *. */
static const char *
parse_number(struct job *job, const char *p, int *number) {
    if (*p == '*') {
        *number = va_arg(job->args, int);
        return p + 1;
    }
    int n = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        int digit = *p - '0';
        n = n <= (INT32_MAX - digit) / 10 ? n * 10 + digit : INT32_MAX;
    }
    *number = n;
    return p;
}

static const char *
parse_flags(const char *p, struct spec *spec) {
    for (;; p++) {
        switch (*p) {
        case '-':
            spec->left = true;
            break;
        case '0':
            spec->zero = true;
            break;
        case '#':
            spec->alternate = true;
            break;
        case '+':
            spec->plus = true;
            break;
        case ' ':
            spec->space = true;
            break;
        default:
            return p;
        }
    }
}

static const char *
parse_length(const char *p, struct spec *spec) {
    switch (*p) {
    case 'h':
        spec->length = p[1] == 'h' ? LEN_CHAR : LEN_SHORT;
        return p[1] == 'h' ? p + 2 : p + 1;
    case 'l':
        spec->length = p[1] == 'l' ? LEN_LLONG : LEN_LONG;
        return p[1] == 'l' ? p + 2 : p + 1;
    case 'z':
        spec->length = LEN_SIZE;
        return p + 1;
    case 't':
        spec->length = LEN_PTRDIFF;
        return p + 1;
    case 'j':
        spec->length = LEN_MAX;
        return p + 1;
    default:
        return p;
    }
}

/* Everything after the % and before the letter. */
static const char *
parse_spec(struct job *job, const char *p, struct spec *spec) {
    *spec = (struct spec){.precision = -1, .length = LEN_INT};
    p = parse_flags(p, spec);
    p = parse_number(job, p, &spec->width);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = spec->width == INT32_MIN ? INT32_MAX : -spec->width;
    }
    if (*p == '.') {
        p = parse_number(job, p + 1, &spec->precision);
        spec->precision = spec->precision < 0 ? -1 : spec->precision;
    }
    return parse_length(p, spec);
}

/* False when there is no such conversion; nothing is printed then. */
static bool
put_conversion(struct job *job, const struct spec *spec, char letter) {
    char c;
    switch (letter) {
    case 'd':
    case 'i':
        put_signed(job, spec);
        return true;
    case 'u':
        put_number(job, spec, "", next_unsigned(job, spec->length), 10, false);
        return true;
    case 'o':
        put_number(job, spec, "", next_unsigned(job, spec->length), 8, false);
        return true;
    case 'x':
    case 'X':
        put_hex(job, spec, letter == 'X');
        return true;
    case 'p':
        put_number(job, spec, "0x", (uintptr_t)va_arg(job->args, void *), 16, false);
        return true;
    case 'c':
        c = (char)va_arg(job->args, int);
        put_text(job, spec, &c, 1);
        return true;
    case 's':
        put_string(job, spec, va_arg(job->args, const char *));
        return true;
    case 'e':
        put_error(job, spec);
        return true;
    case '%':
        put_bytes(job, "%", 1);
        return true;
    default:
        return false;
    }
}

void
vprintfmt(void (*putch)(int, void *), void *putdat, const char *fmt, va_list ap) {
    struct job job = {.putch = putch, .putdat = putdat};
    va_copy(job.args, ap);
    while (*fmt != '\0') {
        if (*fmt != '%') {
            put_bytes(&job, fmt++, 1);
            continue;
        }
        struct spec spec;
        const char *letter = parse_spec(&job, fmt + 1, &spec);
        const char *next = *letter == '\0' ? letter : letter + 1;
        if (!put_conversion(&job, &spec, *letter)) {
            put_bytes(&job, fmt, (size_t)(next - fmt));
        }
        fmt = next;
    }
    va_end(job.args);
}

void
printfmt(void (*putch)(int, void *), void *putdat, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vprintfmt(putch, putdat, fmt, ap);
    va_end(ap);
}

/*
 * The sink of vsnprintf: `length` counts all characters, also those without
 * room. The final 0 takes the place of the last one if need be.
 */
struct text {
    char *at;
    size_t size;
    size_t length;
};

static void
text_putch(int c, void *putdat) {
    struct text *text = putdat;
    if (text->length < text->size) {
        text->at[text->length] = (char)c;
    }
    text->length++;
}

int
vsnprintf(char *str, size_t size, const char *fmt, va_list ap) {
    struct text text = {.at = str, .size = size};
    vprintfmt(text_putch, &text, fmt, ap);
    if (size > 0) {
        str[text.length < size ? text.length : size - 1] = '\0';
    }
    return text.length > INT32_MAX ? INT32_MAX : (int)text.length;
}

int
snprintf(char *str, size_t size, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int length = vsnprintf(str, size, fmt, ap);
    va_end(ap);
    return length;
}
