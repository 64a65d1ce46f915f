/* file.c - what is done with an open file. See file.h. */
#include "error.h"
#include "files.h"
#include "mmu.h"
#include "string.h"
#include "tmpfs.h"

long
file_read(struct files *files, int fd, void *to, size_t n) {
    struct file *file = file_at(files, fd);
    if (file == NULL || !can_read(file->flags)) {
        return -E_INVAL;
    }
    file->refs++;
    long done = node_read(file->node, file->position, to, n);
    file->position += done > 0 ? (size_t)done : 0;
    file_put(file);
    return done;
}

long
file_write(struct files *files, int fd, const void *from, size_t n) {
    struct file *file = file_at(files, fd);
    if (file == NULL || !can_write(file->flags)) {
        return -E_INVAL;
    }
    if (n == 0) {
        return 0;
    }
    file->refs++;
    struct node *node = file->node;
    size_t at = (file->flags & O_APPEND) != 0 ? node->size : file->position;
    long done = node->ops->write(node, at, from, n);
    if (done > 0) {
        file->position = at + (size_t)done;
    }
    file_put(file);
    return done;
}

int
file_seek(struct files *files, int fd, off_t offset, int whence) {
    struct file *file = file_at(files, fd);
    if (file == NULL || whence < LSEEK_SET || whence > LSEEK_END) {
        return -E_INVAL;
    }
    struct node *node = file->node;
    if (!node_is(node, S_IFREG) && !node_is(node, S_IFDIR)) {
        return -E_SEEK;
    }
    size_t base = whence == LSEEK_SET ? 0 : whence == LSEEK_CUR ? file->position : node->size;
    off_t position;
    if (__builtin_add_overflow((off_t)base, offset, &position) || position < 0) {
        return -E_INVAL;
    }
    file->position = (size_t)position;
    return 0;
}

int
file_stat(struct files *files, int fd, struct stat *stat) {
    const struct file *file = file_at(files, fd);
    if (file == NULL) {
        return -E_INVAL;
    }
    const struct node *node = file->node;
    memset(stat, 0, sizeof(*stat)); /* a program will be given all of it */
    stat->st_mode = node->ops->mode;
    stat->st_nlinks = node->linked;
    stat->st_size = node->size;
    stat->st_blocks =
        node->ops == &tmpfs_file_ops ? tmpfs_pages(node) : ROUNDUP(node->size, PGSIZE) / PGSIZE;
    return 0;
}

int
file_fsync(struct files *files, int fd) {
    return file_at(files, fd) == NULL ? -E_INVAL : 0;
}
