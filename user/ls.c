/* ls.c - what is in a directory: kind, bytes, name. */
#include "tool.h"

static char
kind_of(const struct stat *stat) {
    return S_ISDIR(stat->st_mode) ? 'd' : S_ISCHR(stat->st_mode) ? 'c' : '-';
}

static int
list_file(const char *folder, const char *name) {
    char path[1024];
    struct stat stat;
    bool slash = *folder == '\0' || folder[strlen(folder) - 1] == '/';
    snprintf(path, sizeof(path), "%s%s%s", folder, slash ? "" : "/", name);
    int fd = open(path, O_RDONLY), error = fd < 0 ? fd : fstat(fd, &stat);
    if (error < 0) {
        return complain("%s: %s", path, error_name(error));
    }
    close(fd);
    cprintf("%c %9zu %s\n", kind_of(&stat), stat.st_size, name);
    return 0;
}

static int
list(const char *path) {
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return list_file("", path);
    }
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        failed |= list_file(path, entry->name);
    }
    closedir(dir);
    return failed;
}

int
main(int argc, char **argv) {
    int failed = argc > 1 ? 0 : list(".");
    for (int i = 1; i < argc; i++) {
        if (argc > 2) {
            cprintf("%s:\n", argv[i]);
        }
        failed |= list(argv[i]);
    }
    return failed;
}
