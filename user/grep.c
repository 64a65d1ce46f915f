/* grep.c - `grep [-v] TEXT [FILE...]`: the lines in which it is, or with -v is not. 0: there are
 * some. */
#include "tool.h"

static const char *wanted;
static bool inverted, many, found;

static bool
contains(const char *line) {
    size_t n = strlen(wanted);
    for (; *line != '\0' && strncmp(line, wanted, n) != 0; line++) {
    }
    return strncmp(line, wanted, n) == 0;
}

static void
look_at(const char *line, const char *name) {
    if (contains(line) != inverted) {
        found = true;
        cprintf("%s%s%s\n", many ? name : "", many ? ":" : "", line);
    }
}

/* What a line has beyond the buffer is looked at as a line of its own. */
static int
search(int fd, const char *name) {
    static char buffer[4096];
    size_t used = 0;
    int n;
    while ((n = read(fd, buffer + used, sizeof(buffer) - 1 - used)) > 0) {
        char *line = buffer, *end;
        used += (size_t)n;
        buffer[used] = '\0';
        while (*(end = strfind(line, '\n')) == '\n' || used == sizeof(buffer) - 1) {
            bool whole = *end == '\n';
            *end = '\0';
            look_at(line, name);
            used -= (size_t)(end - line) + whole;
            line = end + whole;
        }
        memmove(buffer, line, used);
    }
    if (used > 0) {
        buffer[used] = '\0';
        look_at(buffer, name);
    }
    return n == 0 ? 0 : complain("%s: %s", name, error_name(n)) + 1;
}

int
main(int argc, char **argv) {
    inverted = argc > 1 && strcmp(argv[1], "-v") == 0;
    int at = inverted ? 2 : 1;
    if (at >= argc) {
        return complain("a text to look for is expected") + 1;
    }
    wanted = argv[at++];
    many = argc - at > 1;
    int failed = each_input(argc - at, argv + at, search);
    return failed != 0 ? 2 : found ? 0 : 1;
}
