/* path.c - see path.h. */
#include "path.h"
#include "error.h"
#include "string.h"

int
place_node(const struct place *place, struct node **node) {
    *node = place->dir;
    if (place->length > 0) {
        *node = node_child(place->dir, place->name, place->length);
    }
    if (*node == NULL) {
        return -E_NOENT;
    }
    return place->directory && !node_is(*node, S_IFDIR) ? -E_NOTDIR : 0;
}

/* One name further; it is looked for when something follows. */
static int
step(struct place *place, const char *name, size_t length) {
    struct node *dir;
    int error = place_node(place, &dir);
    if (error != 0) {
        return error;
    }
    if (length > NAME_MAX_LEN) {
        return -E_TOO_BIG;
    }
    *place = (struct place){.dir = dir};
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        place->dir = dir->parent == NULL ? dir : dir->parent;
    } else if (length != 1 || name[0] != '.') {
        place->name = name;
        place->length = length;
        place->directory = name[length] == '/';
    }
    return 0;
}

/* Where the path starts, and what it says from there on. */
static const char *
start(struct node *cwd, const char *path, struct place *place) {
    static const char disk[] = "disk0:";
    if (strcmp(path, "stdin:") == 0 || strcmp(path, "stdout:") == 0) {
        path = "/dev/console";
    }
    bool on_disk = strncmp(path, disk, sizeof(disk) - 1) == 0;
    bool absolute = on_disk || path[0] == '/';
    *place = (struct place){.dir = absolute ? &fs_root : cwd};
    return on_disk ? path + sizeof(disk) - 1 : path;
}

int
path_place(struct node *cwd, const char *path, struct place *place) {
    size_t length = strnlen(path, PATH_MAX_LEN + 1);
    if (length == 0 || length > PATH_MAX_LEN) {
        return length == 0 ? -E_NOENT : -E_TOO_BIG;
    }
    path = start(cwd, path, place);
    for (;;) {
        while (*path == '/') {
            path++;
        }
        if (*path == '\0') {
            return 0;
        }
        size_t name = (size_t)(strfind(path, '/') - path);
        int error = step(place, path, name);
        if (error != 0) {
            return error;
        }
        path += name;
    }
}

int
path_node(struct node *cwd, const char *path, struct node **node) {
    struct place place;
    int error = path_place(cwd, path, &place);
    return error != 0 ? error : place_node(&place, node);
}

int
path_of(const struct node *dir, char *to, size_t n) {
    size_t length = 0;
    if (!dir->linked) {
        return -E_NOENT;
    }
    for (const struct node *d = dir; d != &fs_root; d = d->parent) {
        length += 1 + strlen(d->name);
    }
    if ((length == 0 ? 1 : length) >= n) {
        return -E_TOO_BIG;
    }
    strcpy(to, "/");
    to[length == 0 ? 1 : length] = '\0';
    for (const struct node *d = dir; d != &fs_root; d = d->parent) {
        size_t name = strlen(d->name);
        length -= name;
        memcpy(to + length, d->name, name);
        to[--length] = '/';
    }
    return 0;
}
