/* umain.c - from the kernel's first instruction to main and back. */
#include "tool.h"

const char *program = "?";

int main(int argc, char **argv);
__noreturn void umain(int argc, char **argv);

/* What was inherited stays. */
static void
open_if_closed(int fd, const char *path, uint32_t flags) {
    struct stat stat;
    if (fstat(fd, &stat) != 0) {
        open_as(fd, path, flags);
    }
}

void
umain(int argc, char **argv) {
    if (argc > 0) {
        program = argv[0];
        for (const char *s = program; *s != '\0'; s++) {
            program = *s == '/' ? s + 1 : program;
        }
    }
    open_if_closed(0, "stdin:", O_RDONLY);
    open_if_closed(1, "stdout:", O_WRONLY);
    exit(main(argc, argv));
}
