/* orphans.c - children whose parents are gone are not kept once they have ended. */
#include "tool.h"

#define MANY 100

/* Of the kernel, in pages. */
static long
free_pages(void) {
    char text[512] = "";
    int fd = open("/dev/meminfo", O_RDONLY), n = read(fd, text, sizeof(text) - 1);
    close(fd);
    for (char *line = text; n > 0 && *line != '\0'; line = strfind(line, '\n') + 1) {
        if (strncmp(line, "free ", 5) == 0) {
            return strtol(line + 5, NULL, 10);
        }
    }
    panic("/dev/meminfo has no line 'free'");
}

static int
nothing(void *arg) {
    (void)arg;
    return 0;
}

static int
leave_a_child(void *arg) {
    return child(nothing, arg) < 0;
}

static void
make_orphans(int n) {
    int status;
    while (n-- > 0) {
        assert(waitpid(child(leave_a_child, NULL), &status) == 0 && status == 0);
    }
    sleep(2); /* so that the last one ends */
}

int
main(void) {
    make_orphans(1);
    long before = free_pages();
    make_orphans(MANY);
    long after = free_pages();
    if (after + MANY < before) {
        panic("%d orphans keep %ld pages", MANY, before - after);
    }
    cprintf("orphans pass.\n");
    return 0;
}
