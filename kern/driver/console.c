/* console.c - see console.h. */
#include "console.h"
#include "memlayout.h"
#include "sbi.h"
#include "string.h"

enum { DBCN_WRITE = 0, DBCN_READ = 1 };

static bool has_dbcn;

void
console_init(void) {
    has_dbcn = sbi_has(SBI_EXT_DBCN);
}

const char *
console_name(void) {
    return has_dbcn ? "debug console" : "legacy console";
}

/* The firmware takes a physical address, so the bytes pass through a buffer in the image. */
static char buffer[128];

static void
dbcn_write(const char *s, size_t n) {
    while (n > 0) {
        size_t part = n < sizeof(buffer) ? n : sizeof(buffer);
        memcpy(buffer, s, part);
        size_t sent = 0;
        while (sent < part) {
            struct sbi_result r =
                sbi_call(SBI_EXT_DBCN, DBCN_WRITE, part - sent, PADDR(buffer + sent), 0);
            if (r.error != 0 || r.value <= 0) {
                return; /* nobody can be told */
            }
            sent += (size_t)r.value;
        }
        s += part;
        n -= part;
    }
}

void
console_write(const char *s, size_t n) {
    if (has_dbcn) {
        dbcn_write(s, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sbi_call(SBI_LEGACY_PUTCHAR, 0, (unsigned char)s[i], 0, 0);
    }
}

int
console_getc(void) {
    if (has_dbcn) {
        static unsigned char byte;
        struct sbi_result r = sbi_call(SBI_EXT_DBCN, DBCN_READ, 1, PADDR(&byte), 0);
        return r.error == 0 && r.value == 1 ? *(volatile unsigned char *)&byte : -1;
    }
    return (int)sbi_call(SBI_LEGACY_GETCHAR, 0, 0, 0, 0).error;
}
