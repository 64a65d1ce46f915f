/*
 * stops.c - pages by number, first free one first; it stops where it is told to.
 *
 * Compiled with -DMISTAKE=HOW+WHERE, as HANGS+IN_FREE; without it, it is right.
 */
#include "pmm.h"

enum { NONE, HANGS = 100, CRASHES = 200, EXITS = 300 };
enum {
    IN_INIT = 1,
    IN_MEMMAP,
    IN_ALLOC,
    IN_FREE,
    IN_NR_FREE,
    IN_CHECK,
    IN_BASIC_CHECK,
    IN_GRANT,
    IN_OVERHEAD,
    IN_FOR_EACH,
    IN_CONSTRUCTOR,
};

#ifndef MISTAKE
#define MISTAKE NONE
#endif
#define MOST 40000

/* End the process behind the back of all libraries, which no policy may call. */
static void
leave(void) {
#if defined(__x86_64__)
    __asm__ volatile("syscall" ::"a"(231L), "D"(3L) : "rcx", "r11", "memory");
#else
    __builtin_trap();
#endif
}

static struct {
    unsigned char free[MOST];
    size_t nr_free;
} map;

static void
stop(int where) {
    if ((MISTAKE) % 100 != where) {
        return;
    }
    if ((MISTAKE)-where == CRASHES) {
        *(volatile int *)8 = 0;
    }
    if ((MISTAKE)-where == EXITS) {
        leave();
    }
    for (volatile bool forever = true; forever;) {
    }
}

__attribute__((constructor(101))) static void
construct(void) {
    stop(IN_CONSTRUCTOR);
}

static void
init(void) {
    stop(IN_INIT);
    map.nr_free = 0;
    for (size_t i = 0; i < MOST; i++) {
        map.free[i] = 0;
    }
}

static void
set(struct Page *base, size_t n, unsigned char value) {
    for (struct Page *p = base; p < base + n; p++) {
        map.free[p - pages] = value;
    }
    map.nr_free = value != 0 ? map.nr_free + n : map.nr_free - n;
}

static void
init_memmap(struct Page *base, size_t n) {
    stop(IN_MEMMAP);
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
    }
    set(base, n, 1);
}

static struct Page *
alloc(size_t n) {
    stop(IN_ALLOC);
    for (size_t i = 0, run = 0; i < npage - nbase && n > 0 && n <= map.nr_free; i++) {
        run = map.free[i] != 0 ? run + 1 : 0;
        if (run == n) {
            set(pages + i + 1 - n, n, 0);
            return pages + i + 1 - n;
        }
    }
    return NULL;
}

static void
release(struct Page *base, size_t n) {
    stop(IN_FREE);
    set(base, n, 1);
}

static size_t
count(void) {
    stop(IN_NR_FREE);
    return map.nr_free;
}

static void
check(void) {
    stop(IN_CHECK);
}

static void
basic_check(void) {
    stop(IN_BASIC_CHECK);
}

static size_t
grant(size_t n) {
    stop(IN_GRANT);
    return n;
}

static size_t
overhead(void) {
    stop(IN_OVERHEAD);
    return 0;
}

static void
for_each_free(pmm_visit_t visit, void *arg) {
    stop(IN_FOR_EACH);
    for (size_t i = 0; i < npage - nbase; i++) {
        if (map.free[i] != 0) {
            visit(pages + i, 1, arg);
        }
    }
}

const struct pmm_manager stops_pmm_manager = {
    .name = "stops \"here\"",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
    .check = check,
    .basic_check = basic_check,
    .grant = grant,
    .overhead = overhead,
    .for_each_free = for_each_free,
    .caps = PMM_SUBRANGE,
};
