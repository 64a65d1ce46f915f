/* check_slab.c - see check_slab.h. */
#include "check_slab.h"
#include "check_pgdir.h"
#include "error.h"
#include "kmalloc.h"
#include "stdio.h"
#include "string.h"

/* At the start of each object that the check holds: it has no memory of its own. */
struct held {
    struct held *next; /* the one taken before */
    size_t n;          /* bytes */
};

/* A new object joins the others, and all of it is written to. */
static void
hold(struct held **last, void *object, size_t n) {
    assert((uintptr_t)object % SLAB_ALIGN == 0);
    memset(object, (int)n, n);
    *(struct held *)object = (struct held){*last, n};
    *last = object;
}

/* The newest first. What was written into each is still there. */
static void
free_all(struct held *last) {
    while (last != NULL) {
        struct held *object = last;
        const uint8_t *byte = (const uint8_t *)object;
        for (size_t i = sizeof(*object); i < object->n; i++) {
            assert(byte[i] == (uint8_t)object->n);
        }
        last = object->next;
        kfree(object);
    }
}

static void
audit(struct kmem_cache *cache, void *arg) {
    (void)arg;
    const char *broken = kmem_cache_audit(cache);
    if (broken != NULL) {
        panic("cache %s breaks %s", cache->name, broken);
    }
}

/* A cache of its own, three slabs and one object more. */
static int
check_cache(void) {
    struct kmem_cache *cache = kmem_cache_create("check", KMEM_MAX_SIZE / 2);
    if (cache == NULL) {
        return -E_NO_MEM;
    }
    struct held *last = NULL;
    void *object = cache;
    for (size_t i = 0; i <= 3 * cache->objects && object != NULL; i++) {
        object = kmem_cache_alloc(cache);
        if (object != NULL) {
            hold(&last, object, cache->size - i % 4);
            assert(kmem_cache_destroy(cache) == -E_INVAL);
        }
    }
    kmem_for_each_cache(audit, NULL);
    free_all(last);
    assert(kmem_cache_destroy(cache) == 0);
    return object == NULL ? -E_NO_MEM : 0;
}

/* At the edges of classes and pages. */
static int
check_sizes(void) {
    static const size_t sizes[] = {
        16, 17, 32, 64, 336, 337, KMEM_MAX_SIZE, KMEM_MAX_SIZE + 1, PGSIZE, PGSIZE + 1};
    struct held *last = NULL;
    bool got_all = true;
    for (size_t i = 0; i < ARRAY_SIZE(sizes) && got_all; i++) {
        void *object = kmalloc(sizes[i]);
        got_all = object != NULL;
        if (got_all) {
            hold(&last, object, sizes[i]);
        }
    }
    kmem_for_each_cache(audit, NULL);
    free_all(last);
    return got_all ? 0 : -E_NO_MEM;
}

int
check_slab(void) {
    kmem_shrink();
    size_t before = pages_in_use();
    int error = check_cache();
    if (error == 0) {
        error = check_sizes();
    }
    kmem_for_each_cache(audit, NULL);
    kmem_shrink();
    assert(pages_in_use() == before);
    cprintf("check_slab() %s\n", error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}
