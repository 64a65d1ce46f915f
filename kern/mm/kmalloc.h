/*
 * kmalloc.h - memory by the byte: caches of some sizes, and whole pages above them.
 */
#ifndef KERN_MM_KMALLOC_H
#define KERN_MM_KMALLOC_H

#include "slab.h"

/*
 * The sizes of the caches, in bytes: each from 192 on is the largest of which so
 * many fit into a slab. Above 32 bytes, a request that fits into one
 * wastes less than half of itself.
 */
#define KMALLOC_SIZES(X)                                                                           \
    X(16)                                                                                          \
    X(32) X(48) X(64) X(96) X(128) X(192) X(256) X(336) X(448) X(576) X(800) X(1008) X(1344) X(2016)

#define X(size) KMALLOC_##size,
enum { KMALLOC_SIZES(X) KMALLOC_CLASSES };
#undef X

extern struct kmem_cache kmalloc_caches[KMALLOC_CLASSES];

/* How many classes are too small for n bytes: the class to take, or KMALLOC_CLASSES for pages. */
static inline size_t
kmalloc_class(size_t n) {
#define X(size) +(n > (size))
    return (size_t)(KMALLOC_SIZES(X));
#undef X
}

/* The caches of all sizes, empty. Forgets every other cache; the facade has its memory. */
void kmalloc_init(void);

/* kmalloc below, of a size that the compiler does not know. */
void *kmalloc_any(size_t n);

/*
 * n bytes, which are the caller's until kfree, aligned to SLAB_ALIGN, above
 * KMEM_MAX_SIZE to PGSIZE; what is in them is undefined. NULL: memory ran out.
 * O(1), beside pages; a size known to the compiler costs no look-up.
 */
static inline void *
kmalloc(size_t n) {
    if (__builtin_constant_p(n) && n <= KMEM_MAX_SIZE) {
        return kmem_cache_alloc(&kmalloc_caches[kmalloc_class(n)]);
    }
    return kmalloc_any(n);
}

/*
 * What kmalloc or any cache gave out, or NULL. Anything else is a panic, but for an
 * address within an object: only red zones tell that one. In slab.c.
 */
void kfree(void *p);

/* The part of kfree for what starts where a page does, for `caller`. */
void kfree_pages(void *p, const void *caller);

#endif
