/* free.c - how much memory there is, and how much of it is free. */
#include "tool.h"

#define PAGE_KIB 4

/* The number behind `key` in lines of `key number`; 0: it is not there. */
static long
value_of(const char *text, const char *key) {
    size_t n = strlen(key);
    for (;;) {
        if (strncmp(text, key, n) == 0 && text[n] == ' ') {
            return strtol(text + n, NULL, 10);
        }
        text = strfind(text, '\n');
        if (*text++ == '\0') {
            return 0;
        }
    }
}

int
main(void) {
    static char text[1024];
    int fd = open("/dev/meminfo", O_RDONLY);
    int n = fd < 0 ? fd : read(fd, text, sizeof(text) - 1);
    if (n < 0) {
        return complain("/dev/meminfo: %s", error_name(n));
    }
    long managed = value_of(text, "managed"), left = value_of(text, "free");
    if (managed <= 0) {
        return complain("/dev/meminfo does not say how many pages are managed");
    }
    cprintf("%12s %12s %12s\n", "total KiB", "used KiB", "free KiB");
    cprintf("%12ld %12ld %12ld\n", managed * PAGE_KIB, (managed - left) * PAGE_KIB,
            left * PAGE_KIB);
    return 0;
}
