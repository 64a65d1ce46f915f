/*
 * small_cache.h - a cache on a memory of few pages: its state as bytes, the calls of slab.h on it,
 * and what must hold behind each of them.
 *
 * Behind host_env.h; in one file of a program. What is wrong is a panic.
 */
#ifndef TESTS_HOST_SMALL_CACHE_H
#define TESTS_HOST_SMALL_CACHE_H

#include "error.h"
#include "intr.h"
#include "kmalloc.h"
#include "printed.h"

#ifndef PAGES
#define PAGES 3 /* for slabs; the cache itself is in another one */
#endif
#define MOST 3 /* objects a slab */

#define must(right, ...) ((right) ? (void)0 : panic(__VA_ARGS__))

/* ---- the memory: the lowest page that is free ------------------------------------------------ */

static struct Page frames[PAGES + 1];
static _Alignas(PGSIZE) uint8_t contents[PAGES + 1][PGSIZE];
static bool granted[PAGES + 1];
static bool memory_ran_out;
bool host_intr_on;

struct Page *pages = frames;
size_t nbase = 0x80000, npage = 0x80000 + PAGES + 1;
uint64_t va_pa_offset;

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx is in no image", (unsigned long)va);
}

struct Page *
alloc_pages(size_t n) {
    must(n == 1, "a slab of %zu pages", n);
    for (size_t i = 0; i <= PAGES && !memory_ran_out; i++) {
        if (!granted[i]) {
            granted[i] = true;
            return &frames[i];
        }
    }
    return NULL;
}

void
free_pages(struct Page *base, size_t n) {
    size_t i = (size_t)(base - frames);
    must(n == 1 && i < PAGES && granted[i], "free of %zu pages at %zu", n, i);
    granted[i] = false;
}

void
kfree_pages(void *p, const void *caller) {
    (void)caller;
    panic("%p is no object", p);
}

/* ---- a state --------------------------------------------------------------------------------- */

/* The start of a free object (C2, C3). */
struct object {
    const struct object *next;
    const struct kmem_cache *tag;
};

/* All that calls change, and the model: which objects are in use. Compared byte by byte. */
struct state {
    struct kmem_cache cache;
    struct {
        struct slab head;
        struct object object[MOST];
    } slab[PAGES]; /* 0, where none is */
    uint64_t granted[PAGES];
    uint64_t used[PAGES][MOST];
};

static struct kmem_cache *cache;
static bool used[PAGES][MOST];

static struct slab *
slab_at(size_t p) {
    return (struct slab *)contents[p];
}

static struct object *
object_at(size_t p, size_t i) {
    return (struct object *)(contents[p] + sizeof(struct slab) + i * cache->step);
}

static size_t
page_at(const void *at) {
    return (size_t)((const uint8_t *)at - contents[0]) / PGSIZE;
}

static size_t
index_at(const void *at) {
    return (size_t)((const uint8_t *)at - (uint8_t *)object_at(page_at(at), 0)) / cache->step;
}

static bool
is_object(const void *at) {
    size_t p = page_at(at), i = index_at(at);
    return p < PAGES && granted[p] && i < cache->objects && at == object_at(p, i);
}

/* What its owner writes into the i-th object of a slab: the first looks as if it were free. */
static struct object
owned(size_t i) {
    return (struct object){(const void *)0x5a5a5a5a, i == 0 ? cache : NULL};
}

static void
save(struct state *s) {
    memset(s, 0, sizeof(*s));
    memcpy(&s->cache, cache, sizeof(*cache));
    for (size_t p = 0; p < PAGES; p++) {
        s->granted[p] = granted[p];
        s->slab[p].head = granted[p] ? *slab_at(p) : (struct slab){0};
        for (size_t i = 0; granted[p] && i < cache->objects; i++) {
            s->used[p][i] = used[p][i];
            s->slab[p].object[i] = *object_at(p, i);
        }
    }
}

static void
restore(const struct state *s) {
    memcpy(cache, &s->cache, sizeof(*cache));
    for (size_t p = 0; p < PAGES; p++) {
        granted[p] = s->granted[p] != 0;
        *slab_at(p) = s->slab[p].head;
        for (size_t i = 0; i < cache->objects; i++) {
            used[p][i] = s->used[p][i] != 0;
            *object_at(p, i) = s->slab[p].object[i];
        }
    }
}

/* ---- what must hold behind every call -------------------------------------------------------- */

static size_t
live(size_t p) {
    size_t n = 0;
    for (size_t i = 0; i < cache->objects; i++) {
        n += used[p][i];
    }
    return n;
}

/* The slab other than `but` in which no object is in use; or PAGES. */
static size_t
empty_slab(size_t but) {
    size_t p = 0;
    while (p < PAGES && (p == but || !granted[p] || live(p) != 0)) {
        p++;
    }
    return p;
}

static void
check_chain(size_t p) {
    bool seen[MOST] = {false};
    size_t n = 0;
    for (const struct object *o = (const void *)slab_at(p)->free; o != NULL; o = o->next, n++) {
        size_t i = 0;
        while (i < cache->objects && o != object_at(p, i)) {
            i++;
        }
        must(i < cache->objects && !used[p][i] && !seen[i], "C2: the chain of page %zu", p);
        must(o->tag == cache, "C3: page %zu, object %zu", p, i);
        seen[i] = true;
    }
    must(n + live(p) == cache->objects, "C2: %zu objects in the chain of page %zu", n, p);
}

static void
check_slab_at(size_t p, bool full) {
    const struct slab *slab = slab_at(p);
    must(granted[p] && slab->cache == cache && slab->self == slab, "page %zu is no slab", p);
    must(slab->live == live(p), "C2: page %zu: %zu in use, not %zu", p, slab->live, live(p));
    must(full == (live(p) == cache->objects), "C1: page %zu is in the wrong list", p);
    must(live(p) != 0 || cache->spare == slab, "C4: page %zu is empty and not the spare one", p);
    check_chain(p);
    for (size_t i = 0; i < cache->objects; i++) {
        const struct object *o = object_at(p, i), right = owned(i);
        must(!used[p][i] || (o->next == right.next && o->tag == right.tag),
             "page %zu: object %zu, which is in use, was written to", p, i);
    }
}

/* How many slabs are in the list. */
static size_t
check_list(const list_entry_t *list, bool full) {
    size_t n = 0;
    for (const list_entry_t *le = list->next; le != list; le = le->next, n++) {
        size_t p = page_at(le);
        must(n < PAGES && p < PAGES && le->prev->next == le && le->next->prev == le,
             "the list is broken");
        check_slab_at(p, full);
    }
    return n;
}

static void
count_object(const void *at, const void *taken_by, void *n) {
    must(is_object(at) && used[page_at(at)][index_at(at)], "%p is not in use", at);
    must(taken_by == NULL, "nobody knows who took %p", at);
    ++*(size_t *)n;
}

static void
check_objects(void) {
    size_t n = 0;
    kmem_for_each_object(cache, count_object, &n);
    for (size_t p = 0; p < PAGES; p++) {
        n -= granted[p] ? live(p) : 0;
    }
    must(n == 0, "an object in use is not visited, or twice");
}

static void
check(bool intr) {
    size_t n = check_list(&cache->partial, false) + check_list(&cache->full, true);
    for (size_t p = 0; p < PAGES; p++) {
        n -= granted[p];
    }
    must(n == 0, "a page is in no list, or twice");
    check_objects();
    const char *broken = kmem_cache_audit(cache);
    must(broken == NULL, "the audit says %s", broken);
    must(cache->usual == cache, "C5: its usual way is not taken");
    must(cache->lock.owner == 0 && host_intr_on == intr, "the lock was not given back");
}

/* Of the slabs before, page p was given back, unless it is PAGES, and no other. */
static void
check_given_back(const bool before[PAGES], size_t p) {
    for (size_t i = 0; i < PAGES; i++) {
        must(granted[i] == (before[i] && i != p), "page %zu is%s a slab", i,
             granted[i] ? "" : " no longer");
    }
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void
take(uint8_t *at) {
    size_t p = page_at(at), i = index_at(at);
    must(is_object(at) && !used[p][i], "%p is no object, or in use", (void *)at);
    used[p][i] = true;
    *object_at(p, i) = owned(i);
}

/* What was freed last of the first slab with a free object; a new slab only if there is none. */
static void
call_alloc(bool usual) {
    size_t before = 0, after = 0;
    for (size_t p = 0; p < PAGES; p++) {
        before += granted[p];
    }
    const struct slab *first = list_empty(&cache->partial) ? NULL : (void *)cache->partial.next;
    bool grows = first == NULL && before < PAGES && !memory_ran_out;
    const void *right = first == NULL ? NULL : first->free;
    uint8_t *at = usual ? kmem_cache_alloc(cache) : kmem_cache_alloc_for(cache, NULL);
    must(grows ? at != NULL : at == right, "%p, not %p", (void *)at, right);
    for (size_t p = 0; p < PAGES; p++) {
        after += granted[p];
    }
    must(after == before + grows, "%zu slabs, not %zu", after, before + grows);
    if (at != NULL) {
        take(at);
    }
}

/* A slab goes to the front of its list if it was full, to the end if it is empty now, or stays. */
static void
call_free(size_t p, size_t i, bool usual) {
    bool before[PAGES];
    memcpy(before, granted, sizeof(before));
    const list_entry_t *link = &slab_at(p)->link, *front = &cache->partial;
    const list_entry_t *right = live(p) == cache->objects ? front : link->prev;
    used[p][i] = false;
    size_t other = live(p) == 0 ? empty_slab(p) : PAGES;
    if (usual) {
        kfree(object_at(p, i));
    } else {
        kmem_cache_free(cache, object_at(p, i));
    }
    must((void *)slab_at(p)->free == object_at(p, i), "what is freed last is not the first");
    must(live(p) == 0 ? link->next == front : link->prev == right,
         "page %zu is at the wrong place of its list", p);
    check_given_back(before, other);
}

static void
call_shrink(void) {
    bool before[PAGES];
    memcpy(before, granted, sizeof(before));
    size_t p = empty_slab(PAGES);
    must(kmem_cache_shrink(cache) == (p < PAGES), "the pages given back are miscounted");
    check_given_back(before, p);
}

/* What was destroyed is made again, in the same place. */
static void
call_destroy(void) {
    bool before[PAGES], in_use = false;
    size_t size = cache->size, p = empty_slab(PAGES);
    memcpy(before, granted, sizeof(before));
    for (size_t q = 0; q < PAGES; q++) {
        in_use |= granted[q] && live(q) != 0;
    }
    must(kmem_cache_destroy(cache) == (in_use ? -E_INVAL : 0), "wrongly destroyed, or refused");
    check_given_back(before, p);
    must(in_use || kmem_cache_create("small", size) == cache, "another cache in its place");
}

/* FREE + 2 n: kfree of the n-th object, those of a page follow each other; + 1: kmem_cache_free. */
enum { ALLOC, ALLOC_FOR, ALLOC_AND_NO_PAGE, SHRINK, DESTROY, FREE };

static size_t
page_of(unsigned what) {
    return (what - FREE) / 2 / cache->objects;
}

static size_t
object_of(unsigned what) {
    return (what - FREE) / 2 % cache->objects;
}

static void
call(unsigned what) {
    bool intr = host_intr_on;
    memory_ran_out = what == ALLOC_AND_NO_PAGE;
    if (what <= ALLOC_AND_NO_PAGE) {
        call_alloc(what != ALLOC_FOR);
    } else if (what == SHRINK) {
        call_shrink();
    } else if (what == DESTROY) {
        call_destroy();
    } else {
        call_free(page_of(what), object_of(what), (what - FREE) % 2 == 0);
    }
    check(intr);
}

#endif
