/*
 * slab_steps.h - one call of the heap after the other, each compared with a model: the objects in
 * use, and what was written into each.
 *
 * Any three numbers are a step, for random tests and for a fuzzer. Behind
 * pmm_env.h; in one file of a program. What is wrong is a panic.
 */
#ifndef TESTS_HOST_SLAB_STEPS_H
#define TESTS_HOST_SLAB_STEPS_H

#include "error.h"
#include "kmalloc.h"

#define MOST_LIVE 600
#define OWN       2 /* caches that the model makes beside kmalloc's */

static struct live {
    uint8_t *at;
    size_t n;
    uint8_t pattern;
    struct kmem_cache *cache; /* NULL: from kmalloc */
} live[MOST_LIVE];
static size_t nlive;
static struct kmem_cache *own[OWN];
static const size_t own_size[OWN] = {1100, 40}; /* three in a slab; and many */

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx: on the host, objects are in no image", (unsigned long)va);
}

static size_t
pages_taken(void) {
    struct zone_stat stat;
    zone_stat(&stat);
    return stat.requested;
}

static void
count_page(const struct Page *page, void *n) {
    must(zone_grant_length(page) == 1, "a slab is no grant of one page");
    ++*(size_t *)n;
}

static void
audit_cache(struct kmem_cache *cache, void *in_all) {
    const char *broken = kmem_cache_audit(cache);
    struct kmem_stat stat, *sum = in_all;
    must(broken == NULL, "%s: %s", cache->name, broken);
    kmem_cache_stat(cache, &stat);
    sum->slabs += stat.slabs;
    sum->live += stat.live;
}

/* Every page that is granted is a slab's or a large object's; every object in use is the model's.
 */
static void
check_counts(void) {
    size_t slabs = 0, large = 0, whole = 0, made = 0;
    struct kmem_stat sum = {0};
    kmem_for_each_page(count_page, &slabs);
    kmem_for_each_cache(audit_cache, &sum);
    for (size_t i = 0; i < OWN; i++) {
        made += own[i] != NULL;
    }
    for (size_t i = 0; i < nlive; i++) {
        bool is_whole = live[i].n > KMEM_MAX_SIZE;
        large += is_whole ? (live[i].n + PGSIZE - 1) / PGSIZE : 0;
        whole += is_whole;
    }
    must(pages_taken() == slabs + large, "%zu pages are granted, %zu + %zu known", pages_taken(),
         slabs, large);
    must(sum.slabs == slabs, "%zu slabs, and %zu pages of slabs", sum.slabs, slabs);
    must(sum.live + whole == nlive + made, "%zu objects, %zu in the model", sum.live + whole,
         nlive + made);
    must(host_intr_on, "interrupts are off");
}

static void
check_contents(const struct live *l) {
    for (size_t i = 0; i < l->n; i++) {
        must(l->at[i] == l->pattern, "byte %zu of %zu at %p was changed", i, l->n, (void *)l->at);
    }
}

/* A new object overlaps no other, lies in memory, and is aligned. */
static void
note(uint8_t *at, size_t n, struct kmem_cache *cache, uint8_t pattern) {
    must((uintptr_t)at % SLAB_ALIGN == 0, "%p is not aligned", (void *)at);
    must(at >= (uint8_t *)contents && at + n <= (uint8_t *)contents + sizeof(contents),
         "%p is no memory", (void *)at);
    for (size_t i = 0; i < nlive; i++) {
        must(at + n <= live[i].at || live[i].at + live[i].n <= at, "%p is in use", (void *)at);
    }
    memset(at, pattern, n);
    live[nlive++] = (struct live){at, n, pattern, cache};
}

/* Would one page more have been granted? */
static bool
page_left(void) {
    struct Page *page = alloc_page();
    if (page != NULL) {
        free_page(page);
    }
    return page != NULL;
}

static void
step_alloc(size_t n, struct kmem_cache *cache, uint8_t pattern) {
    if (nlive == MOST_LIVE) {
        return;
    }
    bool page = page_left();
    uint8_t *at = cache == NULL ? kmalloc_any(n) : kmem_cache_alloc(cache);
    must(at != NULL || n > PGSIZE || !page, "%zu bytes refused, and there is a page", n);
    if (at != NULL) {
        note(at, n, cache, pattern);
    }
}

static void
step_free(size_t k) {
    if (nlive == 0) {
        kfree(NULL);
        return;
    }
    struct live *l = &live[k % nlive];
    check_contents(l);
    if (l->cache != NULL && k % 2 == 0) {
        kmem_cache_free(l->cache, l->at);
    } else {
        kfree(l->at);
    }
    *l = live[--nlive];
}

/* Make the k-th cache, or destroy it, which is refused as long as objects of it are in use. */
static void
step_cache(size_t k) {
    bool used = false;
    for (size_t i = 0; i < nlive; i++) {
        used |= live[i].cache == own[k];
    }
    if (own[k] == NULL) {
        bool page = page_left();
        own[k] = kmem_cache_create("own", own_size[k]);
        must(own[k] != NULL || !page, "no cache, and there is a page");
    } else if (kmem_cache_destroy(own[k]) == 0) {
        must(!used, "a cache in use was destroyed");
        own[k] = NULL;
    } else {
        must(used, "a cache of which nothing is in use cannot be destroyed");
    }
}

static void
step_shrink(void) {
    size_t before = pages_taken(), n = kmem_shrink();
    must(pages_taken() + n == before, "%zu pages given back, not %zu", before - pages_taken(), n);
}

static void
step(unsigned what, size_t which, uint8_t pattern) {
    struct kmem_cache *cache = own[which % OWN];
    switch (what % 8) {
    case 0:
    case 1:
        step_alloc(which % 2100, NULL, pattern);
        break;
    case 2:
        step_alloc(which % (3 * PGSIZE), NULL, pattern);
        break;
    case 3:
        if (cache != NULL) {
            step_alloc(cache->size, cache, pattern);
        }
        break;
    case 4:
        step_cache(which % OWN);
        break;
    case 5:
        if (which % 8 == 0) {
            step_shrink();
        }
        break;
    default:
        step_free(which);
    }
    check_counts();
}

static void
start_heap(const struct pmm_manager *m) {
    start(m);
    kmalloc_init();
    nlive = 0;
    memset(own, 0, sizeof(own));
}

/* All is given back, and then every page is. */
static void
finish_heap(void) {
    while (nlive > 0) {
        step_free(nlive / 2);
    }
    for (size_t i = 0; i < OWN; i++) {
        must(own[i] == NULL || kmem_cache_destroy(own[i]) == 0, "the cache is empty, and stays");
        own[i] = NULL;
    }
    kmem_shrink();
    check_counts();
    must(pages_taken() == 0, "%zu pages are lost", pages_taken());
    must(nr_free_pages() == all_free, "%zu pages free, not %zu", nr_free_pages(), all_free);
}

#endif
