/* avl.c - see avl.h. */
#include "avl.h"

static int
height(const struct avl_node *node) {
    return node == NULL ? 0 : node->height;
}

static void
measure(struct avl_node *node) {
    int low = height(node->child[0]), high = height(node->child[1]);
    node->height = 1 + (low > high ? low : high);
}

static void
set_child(struct avl_node *parent, int side, struct avl_node *child) {
    parent->child[side] = child;
    if (child != NULL) {
        child->parent = parent;
    }
}

/* `heir`, which may be NULL, takes the place of `node` below its parent. */
static void
replace(struct avl_tree *tree, struct avl_node *node, struct avl_node *heir) {
    struct avl_node *parent = node->parent;
    if (parent != NULL) {
        set_child(parent, parent->child[1] == node, heir);
    } else {
        tree->root = heir;
        if (heir != NULL) {
            heir->parent = NULL;
        }
    }
}

/* `top` moves down to that side; its other child, which is returned, takes its place. */
static struct avl_node *
rotate(struct avl_tree *tree, struct avl_node *top, int side) {
    struct avl_node *up = top->child[!side];
    replace(tree, top, up);
    set_child(top, !side, up->child[side]);
    set_child(up, side, top);
    measure(top);
    measure(up);
    return up;
}

/* From `node`, below which something changed, up to the root. */
static void
rebalance(struct avl_tree *tree, struct avl_node *node) {
    while (node != NULL) {
        measure(node);
        int lean = height(node->child[1]) - height(node->child[0]);
        if (lean < -1 || lean > 1) {
            int heavy = lean > 0;
            struct avl_node *child = node->child[heavy];
            if (height(child->child[!heavy]) > height(child->child[heavy])) {
                rotate(tree, child, heavy);
            }
            node = rotate(tree, node, !heavy);
        }
        node = node->parent;
    }
}

static struct avl_node *
furthest(struct avl_node *node, int side) {
    while (node != NULL && node->child[side] != NULL) {
        node = node->child[side];
    }
    return node;
}

struct avl_node *
avl_end(const struct avl_tree *tree, int side) {
    return furthest(tree->root, side);
}

struct avl_node *
avl_next(const struct avl_node *node, int side) {
    if (node->child[side] != NULL) {
        return furthest(node->child[side], !side);
    }
    while (node->parent != NULL && node->parent->child[side] == node) {
        node = node->parent;
    }
    return node->parent;
}

void
avl_insert(struct avl_tree *tree, struct avl_node *node, struct avl_node *parent, int side) {
    *node = (struct avl_node){{NULL, NULL}, parent, 1};
    if (parent == NULL) {
        tree->root = node;
    } else {
        parent->child[side] = node;
    }
    rebalance(tree, parent);
}

void
avl_remove(struct avl_tree *tree, struct avl_node *node) {
    struct avl_node *changed = node->parent; /* the lowest node below which something changes */
    if (node->child[0] == NULL || node->child[1] == NULL) {
        replace(tree, node, node->child[node->child[0] == NULL]);
    } else {
        struct avl_node *heir = furthest(node->child[1], 0);
        changed = heir;
        if (heir->parent != node) {
            changed = heir->parent;
            set_child(changed, 0, heir->child[1]);
            set_child(heir, 1, node->child[1]);
        }
        replace(tree, node, heir);
        set_child(heir, 0, node->child[0]);
    }
    rebalance(tree, changed);
}
