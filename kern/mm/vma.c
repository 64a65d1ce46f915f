/* vma.c - see vma.h. */
#include "vma.h"
#include "slab.h"

static struct kmem_cache cache;

void
vma_init(void) {
    kmem_cache_init(&cache, "vma_struct", sizeof(struct vma_struct));
}

struct vma_struct *
vma_create(uintptr_t start, uintptr_t end, uint32_t flags) {
    struct vma_struct *vma = kmem_cache_alloc(&cache);
    if (vma != NULL) {
        *vma = (struct vma_struct){.start = start, .end = end, .flags = flags};
    }
    return vma;
}

void
vma_destroy(struct vma_struct *vma) {
    kmem_cache_free(&cache, vma);
}

void
insert_vma_struct(struct avl_tree *tree, struct vma_struct *vma) {
    struct avl_node *parent = NULL, *below = tree->root;
    int side = 0;
    while (below != NULL) {
        parent = below;
        side = vma->start >= node2vma(parent)->end;
        below = parent->child[side];
    }
    avl_insert(tree, &vma->node, parent, side);
}

void
remove_vma_struct(struct avl_tree *tree, struct vma_struct *vma) {
    avl_remove(tree, &vma->node);
}

struct vma_struct *
vma_ending_above(const struct avl_tree *tree, uintptr_t addr) {
    struct vma_struct *found = NULL;
    for (struct avl_node *node = tree->root; node != NULL;) {
        struct vma_struct *vma = node2vma(node);
        bool above = vma->end > addr;
        found = above ? vma : found;
        node = node->child[!above];
    }
    return found;
}

struct vma_struct *
find_vma(const struct avl_tree *tree, uintptr_t addr) {
    struct vma_struct *vma = vma_ending_above(tree, addr);
    return vma != NULL && vma->start <= addr ? vma : NULL;
}
