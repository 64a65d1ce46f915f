/* slab.c - see slab.h. */
#include "slab.h"
#include "error.h"
#include "fail.h"
#include "kmalloc.h"
#include "stdio.h"

/* The start of a free object; in a build with red zones, of the zone in front of it. */
struct slot {
    struct slot *next; /* in the slab's chain */
    const struct kmem_cache *tag;
};

static struct {
    struct spinlock lock; /* guards the list */
    list_entry_t list;    /* every cache, by `link` */
    struct kmem_cache of_caches;
    struct fail fail; /* armed to refuse an object, or whole pages of kmalloc's */
} caches;

struct fail *const fail_slab = &caches.fail;

/* The caller holds the lock of all caches. */
static void
choose_way(struct kmem_cache *cache, bool usual) {
    static const struct kmem_cache none;
    cache->usual = usual ? cache : &none;
}

/* Every allocation counts: none goes the usual way. */
static void
watch(bool on) {
    struct intr intr = spin_lock(&caches.lock);
    list_for_each (le, &caches.list) {
        choose_way(to_struct(le, struct kmem_cache, link), !on);
    }
    spin_unlock(&caches.lock, intr);
}

void
kmem_cache_init(struct kmem_cache *cache, const char *name, size_t size) {
    size_t step = ROUNDUP(size, SLAB_ALIGN) + REDZONE_BEFORE + REDZONE_AFTER;
    *cache = (struct kmem_cache){
        .size = (unsigned)size,
        .step = (unsigned)step,
        .objects = (unsigned)(SLAB_ROOM / step),
        .name = name,
    };
    list_init(&cache->partial);
    list_init(&cache->full);
    struct intr intr = spin_lock(&caches.lock);
    list_add_before(&caches.list, &cache->link);
    choose_way(cache, caches.fail.left == 0);
    spin_unlock(&caches.lock, intr);
}

void
slab_init(void) {
    caches.lock = (struct spinlock){0};
    list_init(&caches.list);
    caches.fail = (struct fail){.name = "failslab", .watch = watch};
    kmem_cache_init(&caches.of_caches, "kmem_cache", sizeof(struct kmem_cache));
}

struct kmem_cache *
kmem_cache_create(const char *name, size_t size) {
    if (size == 0 || size > KMEM_MAX_SIZE) {
        return NULL;
    }
    struct kmem_cache *cache = kmem_cache_alloc_for(&caches.of_caches, __builtin_return_address(0));
    if (cache != NULL) {
        kmem_cache_init(cache, name, size);
    }
    return cache;
}

/* ---- slabs ----------------------------------------------------------------------------------- */

static struct slab *
le2slab(list_entry_t *le) {
    return to_struct(le, struct slab, link);
}

static uint8_t *
first_slot(const struct slab *slab) {
    return (uint8_t *)(uintptr_t)(slab + 1);
}

static inline struct redzone
redzone_at(const struct slab *slab, void *object) {
    size_t from_first = (size_t)((uint8_t *)object - REDZONE_BEFORE - first_slot(slab));
    return (struct redzone){slab->cache->name, object, slab->cache->size,
                            from_first % slab->cache->step};
}

/* A page of free objects becomes the first of `partial`. The caller holds the cache's lock. */
static bool
grow(struct kmem_cache *cache) {
    struct Page *page = alloc_page();
    if (page == NULL) {
        return false;
    }
    struct slab *slab = page2kva(page);
    *slab = (struct slab){.cache = cache, .self = slab};
    for (size_t i = cache->objects; i-- > 0;) {
        struct slot *slot = (struct slot *)(uintptr_t)(first_slot(slab) + i * cache->step);
        *slot = (struct slot){slab->free, cache};
        slab->free = slot;
        redzone_new(redzone_at(slab, (uint8_t *)slot + REDZONE_BEFORE));
    }
    list_add(&cache->partial, &slab->link);
    return true;
}

/* The spare slab, taken out of the cache, if it is empty; or NULL. The caller holds the lock. */
static struct slab *
take_spare(struct kmem_cache *cache) {
    struct slab *spare = cache->spare;
    cache->spare = NULL;
    if (spare == NULL || spare->live != 0) {
        return NULL;
    }
    list_del(&spare->link);
    return spare;
}

/* To the allocator of pages; NULL is none. The caller holds no lock. */
static size_t
give_back(struct slab *slab) {
    if (slab == NULL) {
        return 0;
    }
    slab->self = NULL;
    free_page(kva2page(slab));
    return 1;
}

size_t
kmem_cache_shrink(struct kmem_cache *cache) {
    struct intr intr = spin_lock(&cache->lock);
    struct slab *spare = take_spare(cache);
    spin_unlock(&cache->lock, intr);
    return give_back(spare);
}

size_t
kmem_shrink(void) {
    size_t n = 0;
    for (list_entry_t *le = caches.list.prev; le != &caches.list; le = le->prev) {
        n += kmem_cache_shrink(to_struct(le, struct kmem_cache, link));
    }
    return n;
}

int
kmem_cache_destroy(struct kmem_cache *cache) {
    kmem_cache_shrink(cache);
    struct intr intr = spin_lock(&cache->lock);
    bool in_use = !list_empty(&cache->partial) || !list_empty(&cache->full);
    spin_unlock(&cache->lock, intr);
    if (in_use) {
        return -E_INVAL;
    }
    intr = spin_lock(&caches.lock);
    list_del(&cache->link);
    spin_unlock(&caches.lock, intr);
    kmem_cache_free(&caches.of_caches, cache);
    return 0;
}

/* ---- looking at all of it -------------------------------------------------------------------- */

void
kmem_cache_stat(struct kmem_cache *cache, struct kmem_stat *stat) {
    *stat = (struct kmem_stat){0};
    struct intr intr = spin_lock(&cache->lock);
    list_for_each (le, &cache->partial) {
        stat->slabs++;
        stat->live += le2slab(le)->live;
    }
    list_for_each (le, &cache->full) {
        stat->slabs++;
        stat->live += le2slab(le)->live;
    }
    spin_unlock(&cache->lock, intr);
}

void
kmem_for_each_cache(void (*visit)(struct kmem_cache *cache, void *arg), void *arg) {
    list_for_each (le, &caches.list) {
        visit(to_struct(le, struct kmem_cache, link), arg);
    }
}

void
kmem_for_each_page(void (*visit)(const struct Page *page, void *arg), void *arg) {
    list_for_each (le, &caches.list) {
        struct kmem_cache *cache = to_struct(le, struct kmem_cache, link);
        list_for_each (slab, &cache->partial) {
            visit(kva2page(slab), arg);
        }
        list_for_each (slab, &cache->full) {
            visit(kva2page(slab), arg);
        }
    }
}

/* Free objects in the slab's chain; more than there is room for if the chain is broken. */
static size_t
chain_length(const struct slab *slab) {
    const struct kmem_cache *cache = slab->cache;
    size_t n = 0;
    for (const struct slot *slot = slab->free; slot != NULL; slot = slot->next) {
        size_t offset = (size_t)((const uint8_t *)slot - first_slot(slab));
        bool is_slot = offset % cache->step == 0 && offset / cache->step < cache->objects;
        if (!is_slot || slot->tag != cache || n == cache->objects) {
            return SIZE_MAX;
        }
        n++;
    }
    return n;
}

const char *
kmem_cache_audit(struct kmem_cache *cache) {
    const char *broken = NULL;
    struct intr intr = spin_lock(&cache->lock);
    list_for_each (le, &cache->partial) {
        const struct slab *slab = le2slab(le);
        if (slab->free == NULL) {
            broken = "C1: a full slab is in the list of those with free objects";
        } else if (chain_length(slab) + slab->live != cache->objects) {
            broken = "C2: objects in use and the chain of free ones are not all of a slab";
        } else if (slab->live == 0 && slab != cache->spare) {
            broken = "C4: a slab is empty and was not given back";
        }
    }
    list_for_each (le, &cache->full) {
        const struct slab *slab = le2slab(le);
        if (slab->free != NULL || slab->live != cache->objects) {
            broken = "C1: a slab with free objects is in the list of full ones";
        }
    }
    spin_unlock(&cache->lock, intr);
    return broken;
}

/* ---- taking and giving ----------------------------------------------------------------------- */

/*
 * The usual ways, kmem_cache_alloc and kfree, are short, and call others only as
 * their last act, so that nothing has to be saved. What is rare goes through
 * kmem_cache_alloc_for and free_for, which begin anew and check more; where there
 * are red zones, or while fail_slab counts (C5), everything does.
 */

static struct slab *
slab_of(const void *object) {
    return (struct slab *)((uintptr_t)object & -(uintptr_t)PGSIZE);
}

static struct slot *
slot_of(void *object) {
    return (struct slot *)((uintptr_t)object - REDZONE_BEFORE);
}

/* From the chain of a slab in `partial`. */
static inline void *
pop(struct kmem_cache *cache, struct slab *slab) {
    struct slot *slot = slab->free;
    slot->tag = NULL;
    slab->live++;
    slab->free = slot->next;
    if (slab->free == NULL) {
        list_del(&slab->link);
        list_add(&cache->full, &slab->link);
    }
    return (uint8_t *)slot + REDZONE_BEFORE;
}

bool
kmem_refuses(size_t n, const char *of, const void *caller) {
    bool refuses = fail_strikes(&caches.fail);
    if (refuses) {
        cprintf("failslab=%zu: %zu bytes of %s for %s refused\n", caches.fail.nth, n, of,
                caller_name(caller));
    }
    return refuses;
}

void *
kmem_cache_alloc_for(struct kmem_cache *cache, const void *caller) {
    void *object = NULL;
    if (kmem_refuses(cache->size, cache->name, caller)) {
        return NULL;
    }
    struct intr intr = spin_lock(&cache->lock);
    if (!list_empty(&cache->partial) || grow(cache)) {
        struct slab *slab = le2slab(cache->partial.next);
        if (slab->free->tag != cache) {
            panic("use after free: %p, a free object of cache %s, was written to",
                  (void *)slab->free, cache->name);
        }
        object = pop(cache, slab);
        redzone_taken(redzone_at(slab, object), caller);
    }
    spin_unlock(&cache->lock, intr);
    return object;
}

void *
kmem_cache_alloc(struct kmem_cache *cache) {
    struct intr intr;
    if (REDZONE_BEFORE != 0 || !spin_try_lock(&cache->lock, &intr)) {
        return kmem_cache_alloc_for(cache, __builtin_return_address(0));
    }
    struct slab *slab = le2slab(cache->partial.next);
    if (list_empty(&cache->partial) || slab->free->tag != cache->usual) {
        spin_unlock(&cache->lock, intr);
        return kmem_cache_alloc_for(cache, __builtin_return_address(0));
    }
    void *object = pop(cache, slab);
    spin_unlock(&cache->lock, intr);
    return object;
}

/*
 * The slab of this slot becomes the spare one, last in its list; the one that was
 * is given back: freed in reverse order, slabs go in reverse order. Unlocks.
 */
static __noinline void
slab_became_empty(struct slot *slot, struct intr intr) {
    struct slab *slab = slab_of(slot);
    struct kmem_cache *cache = slab->cache;
    struct slab *spare = cache->spare == slab ? NULL : take_spare(cache);
    list_del(&slab->link);
    list_add_before(&cache->partial, &slab->link);
    cache->spare = slab;
    spin_unlock(&cache->lock, intr);
    give_back(spare);
}

/* To the chain of its slab. Unlocks. */
static inline void
push(struct kmem_cache *cache, struct slab *slab, struct slot *slot, struct intr intr) {
    if (slab->free == NULL) {
        list_del(&slab->link);
        list_add(&cache->partial, &slab->link);
    }
    slot->tag = cache;
    slot->next = slab->free;
    slab->free = slot;
    if (--slab->live == 0) {
        slab_became_empty(slot, intr);
        return;
    }
    spin_unlock(&cache->lock, intr);
}

/* C3 the other way round: its tag is the cache, but is it in the chain? */
static bool
is_free(const struct slab *slab, const struct slot *slot) {
    const struct slot *s = slab->free;
    while (s != NULL && s != slot) {
        s = s->next;
    }
    return s == slot;
}

/* Of `cache`; NULL: of any. */
static __noinline void
free_for(void *object, struct kmem_cache *cache, const void *caller) {
    struct slab *slab = slab_of(object);
    if (object == slab || slab->self != slab || (cache != NULL && cache != slab->cache)) {
        panic("free of %p, no object of %s, by %s", object,
              cache == NULL ? "any cache" : cache->name, caller_name(caller));
    }
    cache = slab->cache;
    struct intr intr = spin_lock(&cache->lock);
    redzone_given(redzone_at(slab, object), caller);
    if (slot_of(object)->tag == cache && is_free(slab, slot_of(object))) {
        panic("double free of %p, of cache %s, by %s", object, cache->name, caller_name(caller));
    }
    push(cache, slab, slot_of(object), intr);
}

void
kmem_cache_free(struct kmem_cache *cache, void *object) {
    free_for(object, cache, __builtin_return_address(0));
}

void
kfree(void *p) {
    struct intr intr = {0};
    struct slab *slab = slab_of(p);
    if (p == slab) {
        kfree_pages(p, __builtin_return_address(0));
        return;
    }
    struct kmem_cache *cache = slab->cache;
    bool simple = REDZONE_BEFORE == 0 && slab->self == slab && spin_try_lock(&cache->lock, &intr);
    if (simple && slot_of(p)->tag == cache) { /* by chance, or because it is free */
        spin_unlock(&cache->lock, intr);
        simple = false;
    }
    if (simple) {
        push(cache, slab, slot_of(p), intr);
    } else {
        free_for(p, NULL, __builtin_return_address(0));
    }
}

/* ---- who holds what -------------------------------------------------------------------------- */

static void
visit_objects(const list_entry_t *slabs, kmem_visit_t visit, void *arg) {
    list_for_each (le, slabs) {
        const struct slab *slab = le2slab(le);
        uint8_t *object = first_slot(slab) + REDZONE_BEFORE;
        for (size_t i = 0; i < slab->cache->objects; i++, object += slab->cache->step) {
            if (!is_free(slab, slot_of(object))) {
                visit(object, redzone_owner(redzone_at(slab, object)), arg);
            }
        }
    }
}

void
kmem_for_each_object(const struct kmem_cache *cache, kmem_visit_t visit, void *arg) {
    visit_objects(&cache->partial, visit, arg);
    visit_objects(&cache->full, visit, arg);
}
