/* monitor_slab.c - the monitor's command on the heap. */
#include "check_slab.h"
#include "kmalloc.h"
#include "monitor.h"
#include "riscv.h"
#include "stdio.h"
#include "string.h"

#define OWNERS 8 /* of a cache that are named */

/* Callers that hold objects of a cache. */
struct owners {
    struct {
        const void *caller;
        size_t objects;
    } of[OWNERS];
    size_t n;
    size_t others; /* objects of further ones */
};

static void
note_owner(const void *object, const void *caller, void *arg) {
    (void)object;
    struct owners *owners = arg;
    size_t i = 0;
    while (i < owners->n && owners->of[i].caller != caller) {
        i++;
    }
    if (i == OWNERS) {
        owners->others++;
        return;
    }
    owners->n += i == owners->n;
    owners->of[i].caller = caller;
    owners->of[i].objects++;
}

/* Where red zones know it. */
static void
print_owners(struct kmem_cache *cache) {
    struct owners owners = {0};
    kmem_for_each_object(cache, note_owner, &owners);
    for (size_t i = 0; i < owners.n && owners.of[i].caller != NULL; i++) {
        cprintf("%14s %8zu taken by %s\n", "", owners.of[i].objects,
                caller_name(owners.of[i].caller));
    }
    if (owners.others != 0) {
        cprintf("%14s %8zu taken by others\n", "", owners.others);
    }
}

static void
print_cache(struct kmem_cache *cache, void *pages_in_all) {
    struct kmem_stat stat;
    kmem_cache_stat(cache, &stat);
    size_t permille = (PGSIZE - (size_t)cache->objects * cache->size) * 1000 / PGSIZE;
    cprintf("%-14s %6u bytes %5u a slab %8zu in use %6zu slabs %4zu.%zu %% overhead\n", cache->name,
            cache->size, cache->objects, stat.live, stat.slabs, permille / 10, permille % 10);
    print_owners(cache);
    *(size_t *)pages_in_all += stat.slabs;
}

/*
 * Instructions of a call with its arguments and its return, the least of some: a
 * timer interrupt counts too.
 */
static int
print_costs(void) {
    uint64_t alloc = UINT64_MAX, give = UINT64_MAX;
    void *first = kmalloc(64); /* its slab stays */
    for (size_t i = 0; i < 8; i++) {
        uint64_t start = read_csr(instret);
        void *p = kmalloc(64);
        uint64_t taken = read_csr(instret);
        kfree(p);
        uint64_t end = read_csr(instret);
        if (first == NULL || p == NULL) {
            kfree(first);
            cprintf("slab: no memory\n");
            return MONITOR_FAILED;
        }
        alloc = taken - start - 1 < alloc ? taken - start - 1 : alloc;
        give = end - taken - 1 < give ? end - taken - 1 : give;
    }
    kfree(first);
    cprintf("kmalloc(64) %lu instructions, kfree %lu (exact only with qemu -icount)\n",
            (unsigned long)alloc, (unsigned long)give);
    return 0;
}

static int
cmd_slab(char **argv) {
    if (argv[1] == NULL) {
        size_t pages_in_all = 0;
        kmem_for_each_cache(print_cache, &pages_in_all);
        cprintf("%zu pages in slabs; above %zu bytes, kmalloc takes whole pages\n", pages_in_all,
                KMEM_MAX_SIZE);
        return 0;
    }
    if (strcmp(argv[1], "check") == 0) {
        return check_slab() == 0 ? 0 : MONITOR_FAILED;
    }
    if (strcmp(argv[1], "cost") == 0) {
        return print_costs();
    }
    if (strcmp(argv[1], "shrink") == 0) {
        cprintf("%zu empty slabs given back\n", kmem_shrink());
        return 0;
    }
    cprintf("slab: '%s' is unknown; there are slab, and slab check, cost and shrink\n", argv[1]);
    return MONITOR_FAILED;
}

const struct monitor_command monitor_slab_commands[] = {
    {"slab", "[what]", "the caches of objects; 'check' them; the 'cost' of a call; 'shrink'", 0, 1,
     cmd_slab},
    {NULL, NULL, NULL, 0, 0, NULL},
};
