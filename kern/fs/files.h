/* files.h - the descriptors of a process, for the files of kern/fs alone. */
#ifndef KERN_FS_FILES_H
#define KERN_FS_FILES_H

#include "file.h"

/* What was opened once, by however many descriptors it is known. */
struct file {
    struct node *node; /* a reference */
    uint32_t flags;
    unsigned refs; /* descriptors, and calls that are under way */
    size_t position;
};

struct files {
    struct node *cwd; /* a reference */
    struct file *open[OPEN_MAX];
};

static inline bool
can_read(uint32_t flags) {
    return (flags & O_ACCMODE) != O_WRONLY;
}

static inline bool
can_write(uint32_t flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
}

/* A reference less; the last one closes it. */
void file_put(struct file *file);

/* NULL: there is no such descriptor. */
static inline struct file *
file_at(const struct files *files, int fd) {
    return fd >= 0 && fd < OPEN_MAX ? files->open[fd] : NULL;
}

#endif
