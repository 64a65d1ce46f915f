/* directory.c - what is done by path, and directories that are read. See file.h. */
#include "error.h"
#include "files.h"
#include "string.h"
#include "tmpfs.h"

int
file_getcwd(const struct files *files, char *to, size_t n) {
    return path_of(files->cwd, to, n);
}

int
file_chdir(struct files *files, const char *path) {
    struct node *dir;
    int error = path_node(files->cwd, path, &dir);
    if (error == 0 && !node_is(dir, S_IFDIR)) {
        error = -E_NOTDIR;
    }
    if (error == 0) {
        node_get(dir);
        node_put(files->cwd);
        files->cwd = dir;
    }
    return error;
}

int
file_mkdir(struct files *files, const char *path) {
    struct place place;
    struct node *node;
    int error = path_place(files->cwd, path, &place);
    if (error != 0) {
        return error;
    }
    error = place_node(&place, &node);
    if (error != -E_NOENT) {
        return -E_EXISTS;
    }
    if (!place.dir->ops->entries_change) {
        return -E_ACCESS;
    }
    if (!place.dir->linked) {
        return -E_NOENT;
    }
    node = node_add(place.dir, &tmpfs_dir_ops, place.name, place.length);
    return node == NULL ? -E_NO_MEM : 0;
}

int
file_unlink(struct files *files, const char *path) {
    struct place place;
    struct node *node;
    int error = path_place(files->cwd, path, &place);
    if (error == 0) {
        error = place_node(&place, &node);
    }
    if (error != 0) {
        return error;
    }
    if (place.length == 0 || !place.dir->ops->entries_change) {
        return place.length == 0 ? -E_INVAL : -E_ACCESS;
    }
    if (!list_empty(&node->children)) {
        return -E_NOTEMPTY;
    }
    node_unlink(node);
    return 0;
}

int
file_find(const struct files *files, const char *path, struct node **node) {
    int error = path_node(files->cwd, path, node);
    if (error == 0 && !node_is(*node, S_IFREG)) {
        error = node_is(*node, S_IFDIR) ? -E_ISDIR : -E_ACCESS;
    }
    if (error == 0) {
        node_get(*node);
    }
    return error;
}

/* With zeroes behind it: a program will be given all of it. */
static void
set_name(struct dirent *dirent, const char *name) {
    memset(dirent->name, 0, sizeof(dirent->name));
    strcpy(dirent->name, name);
}

/* Offsets 0 and 1 are `.` and `..`; from 2 on, an entry has its number and one more. */
int
file_getdirentry(struct files *files, int fd, struct dirent *dirent) {
    const struct file *file = file_at(files, fd);
    if (file == NULL || dirent->offset < 0) {
        return -E_INVAL;
    }
    struct node *dir = file->node;
    if (!node_is(dir, S_IFDIR)) {
        return -E_NOTDIR;
    }
    if (dirent->offset < 2) {
        set_name(dirent, dirent->offset++ == 0 ? "." : "..");
        return 0;
    }
    list_for_each (le, &dir->children) {
        const struct node *entry = to_struct(le, struct node, sibling);
        if (entry->number + 1 >= (uint64_t)dirent->offset) {
            set_name(dirent, entry->name);
            dirent->offset = (off_t)entry->number + 2;
            return 0;
        }
    }
    return -E_NOENT;
}
