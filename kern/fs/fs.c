/* fs.c - the tree at the start: the archive, /tmp and /dev. */
#include "archive.h"
#include "device.h"
#include "error.h"
#include "file.h"
#include "string.h"
#include "terminal.h"
#include "tmpfs.h"

/* The tree without an archive; false: memory ran out. */
static bool
build(void) {
    node_init();
    terminal_init();
    struct node *dev = node_add(&fs_root, &fixed_dir_ops, "dev", 3);
    return dev != NULL && node_add(&fs_root, &tmpfs_dir_ops, "tmp", 3) != NULL &&
           node_add(dev, &terminal_ops, "console", 7) != NULL && devices_add(dev) == 0;
}

const char *
fs_init(const void *archive, size_t size) {
    static const char no_memory[] = "memory ran out";
    if (!build()) {
        node_unlink_all(&fs_root);
        return no_memory;
    }
    const char *wrong = size == 0 ? NULL : archive_add(archive, size);
    if (wrong != NULL) {
        node_unlink_all(&fs_root);
        wrong = build() ? wrong : no_memory;
    }
    return wrong;
}

int
fs_add_text(const char *name, void (*text)(putch_t putch, void *arg)) {
    struct node *dev = node_child(&fs_root, "dev", 3);
    if (dev != NULL && node_child(dev, name, strlen(name)) != NULL) {
        return -E_EXISTS;
    }
    struct node *node = dev == NULL ? NULL : node_add(dev, &text_ops, name, strlen(name));
    if (node == NULL) {
        return -E_NO_MEM;
    }
    node->text = text;
    return 0;
}

void
fs_clear_tmp(void) {
    struct node *tmp = node_child(&fs_root, "tmp", 3);
    if (tmp != NULL) {
        node_unlink_all(tmp);
    }
}
