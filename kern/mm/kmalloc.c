/* kmalloc.c - see kmalloc.h: which cache, or how many pages. */
#include "kmalloc.h"
#include "zone.h"

struct kmem_cache kmalloc_caches[KMALLOC_CLASSES];

static uint8_t class_of[KMEM_MAX_SIZE / SLAB_ALIGN + 1]; /* of n bytes, at n / SLAB_ALIGN, up */

void
kmalloc_init(void) {
    static const struct {
        const char *name;
        size_t size;
    } class[] = {
#define X(size) {"kmalloc-" #size, size},
        KMALLOC_SIZES(X)
#undef X
    };
    slab_init();
    for (size_t i = 0; i < ARRAY_SIZE(class); i++) {
        kmem_cache_init(&kmalloc_caches[i], class[i].name, class[i].size);
    }
    for (size_t i = 0; i < ARRAY_SIZE(class_of); i++) {
        class_of[i] = (uint8_t)kmalloc_class(i * SLAB_ALIGN);
    }
}

static void *
alloc_whole_pages(size_t n) {
    struct Page *page = alloc_pages(n / PGSIZE + (n % PGSIZE != 0));
    return page == NULL ? NULL : page2kva(page);
}

void *
kmalloc_any(size_t n) {
    const void *caller = __builtin_return_address(0);
    if (n > KMEM_MAX_SIZE) {
        return kmem_refuses(n, "whole pages", caller) ? NULL : alloc_whole_pages(n);
    }
    struct kmem_cache *cache = &kmalloc_caches[class_of[(n + SLAB_ALIGN - 1) / SLAB_ALIGN]];
    return kmem_cache_alloc_for(cache, caller);
}

void
kfree_pages(void *p, const void *caller) {
    if (p == NULL) {
        return;
    }
    struct Page *page = kva2page(p);
    size_t n = zone_grant_length(page);
    if (n == 0) {
        panic("free of %p, where no pages were granted, by %s", p, caller_name(caller));
    }
    free_pages(page, n);
}
