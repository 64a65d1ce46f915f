/* wc.c - lines, words and bytes. */
#include "tool.h"

static int
count(int fd, const char *name) {
    char buffer[512];
    long lines = 0, words = 0, bytes = 0;
    bool in_word = false;
    int n;
    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < n; i++) {
            bool blank = buffer[i] <= ' ';
            lines += buffer[i] == '\n';
            words += !blank && !in_word;
            in_word = !blank;
        }
        bytes += n;
    }
    if (n < 0) {
        return complain("%s: %s", name, error_name(n));
    }
    cprintf("%7ld %7ld %7ld%s%s\n", lines, words, bytes, fd == 0 ? "" : " ", fd == 0 ? "" : name);
    return 0;
}

int
main(int argc, char **argv) {
    return each_input(argc - 1, argv + 1, count);
}
