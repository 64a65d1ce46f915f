/* open.c - how files are opened, shared by descriptors, and closed. See file.h. */
#include "error.h"
#include "files.h"
#include "kmalloc.h"
#include "pipe.h"
#include "tmpfs.h"

/* ---- open files ------------------------------------------------------------------------------ */

/* Takes the reference to `node` over. */
static void
file_begin(struct file *file, struct node *node, uint32_t flags) {
    *file = (struct file){.node = node, .flags = flags, .refs = 1};
    node->readers += can_read(flags);
    node->writers += can_write(flags);
}

void
file_put(struct file *file) {
    if (--file->refs > 0) {
        return;
    }
    struct node *node = file->node;
    node->readers -= can_read(file->flags);
    node->writers -= can_write(file->flags);
    if (node->ops->closed != NULL) {
        node->ops->closed(node);
    }
    kfree(file);
    node_put(node);
}

static int
lowest_free(const struct files *files) {
    for (int fd = 0; fd < OPEN_MAX; fd++) {
        if (files->open[fd] == NULL) {
            return fd;
        }
    }
    return -E_MAX_OPEN;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* What may not be opened so. */
static int
check_access(const struct node *node, uint32_t flags) {
    if (node_is(node, S_IFDIR)) {
        return can_write(flags) || (flags & (O_CREAT | O_TRUNC)) != 0 ? -E_ISDIR : 0;
    }
    bool changes = can_write(flags) || (flags & O_TRUNC) != 0;
    return changes && node->ops->write == NULL ? -E_ACCESS : 0;
}

static int
make_file(const struct place *place, struct node **node) {
    if (place->directory) {
        return -E_ISDIR;
    }
    if (!place->dir->ops->entries_change) {
        return -E_ACCESS;
    }
    if (!place->dir->linked) {
        return -E_NOENT;
    }
    *node = node_add(place->dir, &tmpfs_file_ops, place->name, place->length);
    return *node == NULL ? -E_NO_MEM : 0;
}

/* What `path` is, made if it has to be, with a reference. */
static int
find_or_make(struct files *files, const char *path, uint32_t flags, struct node **node) {
    struct place place;
    int error = path_place(files->cwd, path, &place);
    if (error != 0) {
        return error;
    }
    error = place_node(&place, node);
    if (error == -E_NOENT && (flags & O_CREAT) != 0) {
        error = make_file(&place, node);
    } else if (error == 0 && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
        return -E_EXISTS;
    }
    if (error == 0) {
        error = check_access(*node, flags);
    }
    if (error == 0 && (*node)->ops->open != NULL) {
        return (*node)->ops->open(node);
    }
    if (error == 0) {
        node_get(*node);
    }
    return error;
}

int
file_open(struct files *files, const char *path, uint32_t flags) {
    uint32_t known = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND;
    if ((flags & ~known) != 0 || (flags & O_ACCMODE) == O_ACCMODE) {
        return -E_INVAL;
    }
    int fd = lowest_free(files);
    if (fd < 0) {
        return fd;
    }
    struct file *file = kmalloc(sizeof(*file));
    if (file == NULL) {
        return -E_NO_MEM;
    }
    struct node *node;
    int error = find_or_make(files, path, flags, &node);
    if (error != 0) {
        kfree(file);
        return error;
    }
    if ((flags & O_TRUNC) != 0 && node->ops->truncate != NULL) {
        node->ops->truncate(node);
    }
    file_begin(file, node, flags);
    files->open[fd] = file;
    return fd;
}

int
file_pipe(struct files *files, int fd[2]) {
    static const uint32_t flags[2] = {O_RDONLY, O_WRONLY};
    struct node *node = pipe_create();
    int error = node == NULL ? -E_NO_MEM : 0;
    for (int end = 0; error == 0 && end < 2; end++) {
        struct file *file = kmalloc(sizeof(*file));
        fd[end] = lowest_free(files);
        error = file == NULL ? -E_NO_MEM : fd[end] < 0 ? fd[end] : 0;
        if (error == 0) {
            file_begin(file, node_get(node), flags[end]);
            files->open[fd[end]] = file;
        } else {
            kfree(file);
        }
        if (error != 0 && end == 1) {
            file_close(files, fd[0]);
        }
    }
    node_put(node);
    return error;
}

int
file_close(struct files *files, int fd) {
    struct file *file = file_at(files, fd);
    if (file == NULL) {
        return -E_INVAL;
    }
    files->open[fd] = NULL;
    file_put(file);
    return 0;
}

int
file_dup(struct files *files, int from, int to) {
    struct file *file = file_at(files, from);
    if (file == NULL || to < -1 || to >= OPEN_MAX) {
        return -E_INVAL;
    }
    to = to == -1 ? lowest_free(files) : to;
    if (to < 0 || to == from) {
        return to;
    }
    file_close(files, to);
    file->refs++;
    files->open[to] = file;
    return to;
}

/* ---- all of them ----------------------------------------------------------------------------- */

struct files *
files_create(void) {
    struct files *files = kmalloc(sizeof(*files));
    if (files != NULL) {
        *files = (struct files){.cwd = node_get(&fs_root)};
    }
    return files;
}

struct files *
files_dup(const struct files *files) {
    struct files *copy = kmalloc(sizeof(*copy));
    if (copy != NULL) {
        *copy = *files;
        node_get(copy->cwd);
        for (int fd = 0; fd < OPEN_MAX; fd++) {
            if (copy->open[fd] != NULL) {
                copy->open[fd]->refs++;
            }
        }
    }
    return copy;
}

void
files_destroy(struct files *files) {
    if (files == NULL) {
        return;
    }
    for (int fd = 0; fd < OPEN_MAX; fd++) {
        file_close(files, fd);
    }
    node_put(files->cwd);
    kfree(files);
}
