/*
 * slab.h - caches of equal objects, cut from slabs of one page each.
 *
 * A slab's header lies at the start of its page, so that the header of any
 * object is found by clearing the low bits of its address, and no field of
 * struct Page is needed. The free objects of a slab are a chain through the
 * objects themselves. What holds whenever no lock is held:
 *
 *   C1  a slab is in the list `partial` of its cache if one of its objects is
 *       free, else in `full`.
 *   C2  a slab's chain holds each of its free objects once; `live` counts the
 *       others, which are in use.
 *   C3  a free object has its cache in `tag`; one in use need not differ there,
 *       but mostly does.
 *   C4  at most one slab of a cache is empty, `spare`: it saves a cache on the
 *       edge of a slab from asking for a page with every other call.
 *   C5  a cache has itself in `usual`, or while fail_slab counts what no free
 *       object has for a tag: then kmem_cache_alloc calls kmem_cache_alloc_for.
 *
 * Nothing here may be called from within a policy. Objects are aligned to
 * SLAB_ALIGN bytes, and none starts where a page does.
 */
#ifndef KERN_MM_SLAB_H
#define KERN_MM_SLAB_H

#include "list.h"
#include "pmm.h"
#include "redzone.h"
#include "spinlock.h"

#define SLAB_ALIGN 16

struct slot;

/* At the start of a page. */
struct slab {
    list_entry_t link; /* in a list of the cache */
    struct kmem_cache *cache;
    const struct slab *self; /* this page: what else lies there is no slab */
    struct slot *free;       /* the first of the chain, NULL: full */
    size_t live;
};

#define SLAB_ROOM (PGSIZE - sizeof(struct slab))

/* The largest object, in bytes: two fit into a slab where there are no red zones. */
#define KMEM_MAX_SIZE (SLAB_ROOM / 2 / SLAB_ALIGN * SLAB_ALIGN)

struct kmem_cache {
    struct spinlock lock;       /* first, where it costs least; guards lists, slabs and `spare` */
    list_entry_t partial, full; /* slabs; objects are taken from the first of `partial` */
    unsigned size;              /* bytes of an object that are its owner's */
    unsigned step;              /* bytes from one object to the next */
    unsigned objects;           /* a slab */
    const struct kmem_cache *usual; /* the tag of free objects; another: no usual way, C5 */
    struct slab *spare; /* the last one that became empty, or NULL; it may be in use again */
    const char *name;
    list_entry_t link; /* of all caches */
};

/* Forget every cache. The facade has its memory. */
void slab_init(void);

/*
 * A new cache of objects of `size` bytes, 1..KMEM_MAX_SIZE; `name` is kept, not
 * copied. NULL: the size is out of range, or memory ran out.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size);

/* The same in storage of the caller's, which is never destroyed. */
void kmem_cache_init(struct kmem_cache *cache, const char *name, size_t size);

/*
 * Give back all pages of a cache from kmem_cache_create, and itself. -E_INVAL:
 * objects are in use, and `slab` names whose in a build with red zones.
 */
int kmem_cache_destroy(struct kmem_cache *cache);

/*
 * An object, which is the caller's until it is freed; what is in it is undefined.
 * NULL: memory ran out. O(1), beside a new slab's page.
 */
void *kmem_cache_alloc(struct kmem_cache *cache);

/*
 * `object` is of this cache and in use, or it is a panic; of an address within an object only
 * where there are red zones. O(1), beside an empty slab's page.
 */
void kmem_cache_free(struct kmem_cache *cache, void *object);

/* The same for callers that call for somebody else, who is named when something is wrong. */
void *kmem_cache_alloc_for(struct kmem_cache *cache, const void *caller);

/* Is fail_slab armed for this allocation, of n bytes of what `of` names? Then it has said so. */
bool kmem_refuses(size_t n, const char *of, const void *caller) __warn_unused;

/* Give the empty slab back; returns how many pages that were, 0 or 1. */
size_t kmem_cache_shrink(struct kmem_cache *cache);

/* That of every cache, the youngest first; while nobody makes or destroys one. */
size_t kmem_shrink(void);

struct kmem_stat {
    size_t slabs; /* pages */
    size_t live;  /* objects */
};

/* O(slabs). */
void kmem_cache_stat(struct kmem_cache *cache, struct kmem_stat *stat);

/* Every cache, the oldest first; while nobody makes or destroys one. */
void kmem_for_each_cache(void (*visit)(struct kmem_cache *cache, void *arg), void *arg);

/* Every slab's page, of every cache; while nobody uses one. */
void kmem_for_each_page(void (*visit)(const struct Page *page, void *arg), void *arg);

typedef void (*kmem_visit_t)(const void *object, const void *taken_by, void *arg);

/*
 * Every object in use, and for whom it was taken: NULL where there are no red
 * zones, which know it; while nobody uses the cache. O(objects of a slab) each.
 */
void kmem_for_each_object(const struct kmem_cache *cache, kmem_visit_t visit, void *arg);

/* The first of C1-C4 that does not hold, as text; or NULL. O(objects). */
const char *kmem_cache_audit(struct kmem_cache *cache) __warn_unused;

#endif
