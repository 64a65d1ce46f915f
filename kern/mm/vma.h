/*
 * vma.h - the ranges of an address space that a program may use, each with what it may do there.
 *
 * Ranges are of whole pages and half open, and no two of a tree overlap.
 */
#ifndef KERN_MM_VMA_H
#define KERN_MM_VMA_H

#include "avl.h"
#include "mmu.h"

/* What a program may do, and the kinds of access that may fault. */
#define VM_READ  0x1
#define VM_WRITE 0x2
#define VM_EXEC  0x4
#define VM_STACK 0x8  /* grows downwards by faults */
#define VM_SHARE 0x10 /* copies of the address space have the same pages, stores included */

struct vma_struct {
    uintptr_t start, end; /* bytes; multiples of PGSIZE, start < end */
    uint32_t flags;
    struct avl_node node; /* in a tree by address */
};

/* Before any other function here; the heap is ready. */
void vma_init(void);

/* In no tree yet; NULL: memory ran out. */
struct vma_struct *vma_create(uintptr_t start, uintptr_t end, uint32_t flags);

/* In no tree any more. */
void vma_destroy(struct vma_struct *vma);

/* The tree holds `vma` from now on; that it overlaps none there is the caller's. O(log n). */
void insert_vma_struct(struct avl_tree *tree, struct vma_struct *vma);

/* O(log n). */
void remove_vma_struct(struct avl_tree *tree, struct vma_struct *vma);

/* The lowest range that ends above `addr`, or NULL: it holds `addr`, or is above it. O(log n). */
struct vma_struct *vma_ending_above(const struct avl_tree *tree, uintptr_t addr);

/* The range that holds `addr`, or NULL. O(log n). */
struct vma_struct *find_vma(const struct avl_tree *tree, uintptr_t addr);

static inline struct vma_struct *
node2vma(struct avl_node *node) {
    return node == NULL ? NULL : to_struct(node, struct vma_struct, node);
}

/* The lowest (0) or highest (1), or NULL. */
static inline struct vma_struct *
vma_end(const struct avl_tree *tree, int side) {
    return node2vma(avl_end(tree, side));
}

/* The next below (0) or above (1), or NULL. */
static inline struct vma_struct *
vma_next(const struct vma_struct *vma, int side) {
    return node2vma(avl_next(&vma->node, side));
}

#endif
