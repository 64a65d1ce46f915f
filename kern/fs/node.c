/* node.c - see node.h. */
#include "node.h"
#include "assert.h"
#include "error.h"
#include "kmalloc.h"
#include "string.h"

struct node fs_root;

const struct node_ops fixed_dir_ops = {.mode = S_IFDIR};

static void
set_up(struct node *node, const struct node_ops *ops, const char *name) {
    *node = (struct node){.ops = ops, .refs = 1, .name = name};
    list_init(&node->children);
}

void
node_init(void) {
    set_up(&fs_root, &fixed_dir_ops, "");
    fs_root.linked = true;
}

struct node *
node_create(const struct node_ops *ops, const char *name, size_t length) {
    struct node *node = kmalloc(sizeof(*node) + length + 1);
    if (node != NULL) {
        char *own = (char *)(node + 1);
        memcpy(own, name, length);
        own[length] = '\0';
        set_up(node, ops, own);
    }
    return node;
}

struct node *
node_add(struct node *dir, const struct node_ops *ops, const char *name, size_t length) {
    assert(dir->linked && node_is(dir, S_IFDIR));
    struct node *node = node_create(ops, name, length);
    if (node != NULL) {
        node->parent = node_get(dir);
        node->linked = true;
        node->number = ++dir->last_number;
        list_add_before(&dir->children, &node->sibling);
    }
    return node;
}

void
node_unlink(struct node *node) {
    assert(node->linked && node->parent != NULL && list_empty(&node->children));
    list_del(&node->sibling);
    node->linked = false;
    node_put(node);
}

void
node_unlink_all(struct node *dir) {
    struct node *at = dir;
    for (;;) {
        while (!list_empty(&at->children)) {
            at = to_struct(list_next(&at->children), struct node, sibling);
        }
        if (at == dir) {
            return;
        }
        struct node *parent = at->parent;
        node_unlink(at);
        at = parent;
    }
}

struct node *
node_get(struct node *node) {
    node->refs++;
    return node;
}

/* Without recursion: a chain of removed directories may be long. */
void
node_put(struct node *node) {
    while (node != NULL && --node->refs == 0) {
        struct node *parent = node->parent;
        if (node->ops->release != NULL) {
            node->ops->release(node);
        }
        kfree(node);
        node = parent;
    }
}

struct node *
node_child(struct node *dir, const char *name, size_t length) {
    list_for_each (le, &dir->children) {
        struct node *node = to_struct(le, struct node, sibling);
        if (strncmp(node->name, name, length) == 0 && node->name[length] == '\0') {
            return node;
        }
    }
    return NULL;
}

long
node_read(struct node *node, size_t offset, void *to, size_t n) {
    if (node_is(node, S_IFDIR)) {
        return -E_ISDIR;
    }
    return n == 0 ? 0 : node->ops->read(node, offset, to, n);
}
