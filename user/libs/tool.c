/* tool.c - see tool.h. */
#include "tool.h"

int
complain(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(2, "%s: ", program);
    vfprintf(2, fmt, ap);
    fprintf(2, "\n");
    va_end(ap);
    return 1;
}

const char *
error_name(int error) {
    static char format[] = "%e"; /* which compilers take for a number's */
    static char name[40];
    snprintf(name, sizeof(name), format, error);
    return name;
}

int
copy_out(int fd, const char *name) {
    static char buffer[4096];
    int n, error = 0;
    while (error == 0 && (n = read(fd, buffer, sizeof(buffer))) != 0) {
        if (n < 0) {
            return complain("%s: %s", name, error_name(n));
        }
        error = write_all(1, buffer, (size_t)n);
    }
    return error == 0 ? 0 : complain("the output: %s", error_name(error));
}

int
show(const char *path) {
    char *names[] = {(char *)path};
    return each_input(1, names, copy_out);
}

bool
number(const char *text, long low, long high, long *value) {
    char *end;
    *value = strtol(text, &end, 10);
    return end != text && *end == '\0' && *value >= low && *value <= high;
}

int
each_input(int count, char *const names[], int (*work)(int fd, const char *name)) {
    if (count <= 0) {
        return work(0, "the input");
    }
    int worst = 0;
    for (int i = 0; i < count; i++) {
        int fd = open(names[i], O_RDONLY);
        int status = fd < 0 ? complain("%s: %s", names[i], error_name(fd)) : work(fd, names[i]);
        worst = status > worst ? status : worst;
        if (fd >= 0) {
            close(fd);
        }
    }
    return worst;
}

int
child(int (*work)(void *arg), void *arg) {
    int pid = fork();
    if (pid == 0) {
        exit(work(arg));
    }
    return pid;
}
