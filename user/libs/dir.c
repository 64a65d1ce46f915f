/* dir.c - see dir.h. */
#include "dir.h"
#include "file.h"
#include "syscall.h"
#include "ulib.h"

DIR *
opendir(const char *path) {
    struct stat stat;
    int fd = open(path, O_RDONLY);
    DIR *dir =
        fd >= 0 && fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode) ? malloc(sizeof(DIR)) : NULL;
    if (dir != NULL) {
        *dir = (DIR){.fd = fd};
    } else if (fd >= 0) {
        close(fd);
    }
    return dir;
}

struct dirent *
readdir(DIR *dir) {
    return syscall(SYS_getdirentry, dir->fd, &dir->entry) == 0 ? &dir->entry : NULL;
}

void
closedir(DIR *dir) {
    if (dir != NULL) {
        close(dir->fd);
        free(dir);
    }
}

int
chdir(const char *path) {
    return (int)syscall(SYS_chdir, path);
}

int
getcwd(char *to, size_t n) {
    return (int)syscall(SYS_getcwd, to, n);
}
