/*
 * avl.h - balanced search tree with the links inside the element.
 *
 * The heights of a node's two subtrees differ by one at most, so that n elements
 * are no more than 1.45 log2(n) deep. Who is lower or higher is known to the
 * caller alone, who walks down from the root to find an element, or the place
 * for a new one. `side` is 0 for lower, 1 for higher. Nothing here is recursive.
 *
 * Source: G. M. Adelson-Velsky and E. M. Landis, "An algorithm for the
 * organization of information", 1962.
 */
#ifndef LIBS_AVL_H
#define LIBS_AVL_H

#include "defs.h"

struct avl_node {
    struct avl_node *child[2], *parent;
    int height; /* nodes on the longest way down, itself included */
};

struct avl_tree {
    struct avl_node *root; /* NULL: empty */
};

/* The lowest (0) or highest (1) element, or NULL. O(log n). */
struct avl_node *avl_end(const struct avl_tree *tree, int side);

/* The next element below (0) or above (1) `node`, or NULL. O(log n), O(1) on average over all. */
struct avl_node *avl_next(const struct avl_node *node, int side);

/* `node` becomes parent's child on that side, where it has none; parent NULL: of an empty tree. */
void avl_insert(struct avl_tree *tree, struct avl_node *node, struct avl_node *parent, int side);

/* Take `node`, which is in the tree, out of it. Like avl_insert, O(log n). */
void avl_remove(struct avl_tree *tree, struct avl_node *node);

#endif
