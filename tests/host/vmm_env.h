/*
 * vmm_env.h - a model of address spaces: of each page of some, what may be done there, and what is
 * in it.
 *
 * The pages lie where something may go wrong: at both ends of what a program may
 * have, at the edge of a table, and where stacks must end. What is between these
 * windows is one cell of the model, which is in a range or not, and never touched.
 * Behind host_env.h; in one file of a program.
 */
#ifndef TESTS_HOST_VMM_ENV_H
#define TESTS_HOST_VMM_ENV_H

#define FRAMES 40 /* too few for everything, so that memory runs out by itself, too */

#include "error.h"
#include "intr.h"
#include "space_env.h"
#include "vmm.h"

#define SPACES 3

/* ---- the cells ------------------------------------------------------------------------------- */

static const struct {
    uintptr_t start;
    size_t pages;
} window[] = {
    {USER_BASE, 24},
    {0x40000000 - 4 * PGSIZE, 8},
    {USER_TOP - USER_STACK_MAX - STACK_GUARD - 2 * PGSIZE, 5},
    {USER_TOP - USER_STACK_MAX - 2 * PGSIZE, 5},
    {USER_TOP - 24 * PGSIZE, 24},
};

#define PAGES 66
#define CELLS (PAGES + 4)

static uintptr_t cell_at[CELLS + 1]; /* where each starts; the last one is USER_TOP */

static void
choose_cells(void) {
    size_t n = 0;
    for (size_t w = 0; w < ARRAY_SIZE(window); w++) {
        for (size_t i = 0; i < window[w].pages; i++) {
            hart_at[nhart_at++] = cell_at[n++] = window[w].start + i * PGSIZE;
        }
        cell_at[n++] = window[w].start + window[w].pages * PGSIZE;
    }
    must(n == CELLS + 1 && nhart_at == PAGES && cell_at[CELLS] == USER_TOP, "%zu cells", n);
}

static bool
is_page(size_t i) {
    return i < CELLS && cell_at[i + 1] - cell_at[i] == PGSIZE;
}

/* The cell that holds `addr`; CELLS: no program may have it. */
static size_t
cell_of(uintptr_t addr) {
    size_t i = 0;
    while (i < CELLS && (addr < cell_at[i] || addr >= cell_at[i + 1])) {
        i++;
    }
    return i;
}

/* The cell that starts at `addr`, CELLS at USER_TOP; negative: none does. */
static int
boundary(uintptr_t addr) {
    for (int i = 0; i <= CELLS; i++) {
        if (cell_at[i] == addr) {
            return i;
        }
    }
    return -1;
}

/* ---- what is where --------------------------------------------------------------------------- */

/* A page of programs, as often as they have it. */
static struct content {
    int refs; /* 0: there is none */
    uint8_t bytes[PGSIZE];
} content[FRAMES];

struct cell {
    bool mapped, first; /* in a range; the lowest of a stack */
    uint32_t flags;
    struct content *content; /* NULL: not present */
    bool accessed, dirty;    /* marked so: since it is there, or since somebody cleared it */
};

static struct space {
    struct mm_struct *mm; /* NULL: none */
    uintptr_t brk_start, brk;
    struct cell cell[CELLS];
} space[SPACES];

static struct content *
new_content(const struct content *from) {
    struct content *c = content;
    while (c->refs != 0) {
        c++;
    }
    memset(c->bytes, 0, PGSIZE);
    if (from != NULL) {
        memcpy(c->bytes, from->bytes, PGSIZE);
    }
    c->refs = 1;
    return c;
}

static void
drop(struct cell *c) {
    if (c->content != NULL) {
        c->content->refs--;
    }
    *c = (struct cell){0};
}

/* Is cell i of the range that the one below it is of? */
static bool
goes_on(const struct space *s, size_t i) {
    const struct cell *c = &s->cell[i];
    return i > 0 && i < CELLS && c->mapped && c[-1].mapped && c->flags == c[-1].flags && !c->first;
}

static bool
starts_range(const struct space *s, size_t i) {
    return s->cell[i].mapped && !goes_on(s, i);
}

/* Behind the last cell of the range that holds cell i. */
static size_t
range_end(const struct space *s, size_t i) {
    do {
        i++;
    } while (goes_on(s, i));
    return i;
}

static size_t
ranges(const struct space *s) {
    size_t n = 0;
    for (size_t i = 0; i < CELLS; i++) {
        n += starts_range(s, i);
    }
    return n;
}

/* Tables that are missing for a page in cell i; or, behind the last page, all that there are. */
static size_t
tables(const struct space *s, size_t i) {
    size_t n = 0;
    for (size_t level = 0; level < PT_LEVELS - 1; level++) {
        uintptr_t last = UINTPTR_MAX;
        bool shared = false;
        for (size_t k = 0; k < CELLS; k++) {
            uintptr_t at = cell_at[k] >> PT_SHIFT(level);
            if (s->cell[k].content != NULL) {
                n += i == CELLS && at != last;
                shared |= i < CELLS && at == cell_at[i] >> PT_SHIFT(level);
                last = at;
            }
        }
        n += i < CELLS && !shared;
    }
    return n;
}

/* ---- the heap's part ------------------------------------------------------------------------- */

struct wanted {
    const char *name;
    struct kmem_cache *cache;
};

static void
match_name(struct kmem_cache *cache, void *arg) {
    struct wanted *wanted = arg;
    wanted->cache = strcmp(cache->name, wanted->name) == 0 ? cache : wanted->cache;
}

static struct kmem_cache *
cache_named(const char *name) {
    struct wanted wanted = {name, NULL};
    kmem_for_each_cache(match_name, &wanted);
    must(wanted.cache != NULL, "no cache is called %s", name);
    return wanted.cache;
}

static struct kmem_stat
objects_of(const char *name) {
    struct kmem_stat stat;
    kmem_cache_stat(cache_named(name), &stat);
    return stat;
}

static size_t
free_objects(const char *name) {
    struct kmem_stat stat = objects_of(name);
    return stat.slabs * cache_named(name)->objects - stat.live;
}

/* Pages that the heap needs for n objects more. */
static size_t
slabs_missing(const char *name, size_t n) {
    size_t free = free_objects(name), objects = cache_named(name)->objects;
    return n <= free ? 0 : (n - free + objects - 1) / objects;
}

/* Objects of nobody, so that the heap needs a page for the next one of each kind. */
static void *filler[2000];
static size_t nfiller;

static void
exhaust_heap(void) {
    static const char *const names[] = {"mm_struct", "vma_struct"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct kmem_cache *cache = cache_named(names[i]);
        for (size_t n = free_objects(names[i]); n > 0 && nfiller < ARRAY_SIZE(filler); n--) {
            filler[nfiller++] = kmem_cache_alloc(cache);
        }
    }
}

static void
refill_heap(void) {
    while (nfiller > 0) {
        kfree(filler[--nfiller]);
    }
}

static void
count_slabs(struct kmem_cache *cache, void *slabs) {
    struct kmem_stat stat;
    kmem_cache_stat(cache, &stat);
    *(size_t *)slabs += stat.slabs;
}

/* ---- what calls must do ---------------------------------------------------------------------- */

/* mm_map, when `left` allocations succeed: its answer; the model follows. */
static int
model_map(struct space *s, uintptr_t start, size_t len, uint32_t flags, size_t left) {
    int from = boundary(start), end = start + len < start ? -1 : boundary(start + len);
    if (from < 0 || end <= from || (flags & ~15u) != 0) {
        return -E_INVAL;
    }
    size_t a = (size_t)from, b = (size_t)end, above = b;
    while (above < CELLS && !s->cell[above].mapped) {
        above++;
    }
    bool near_stack = above < CELLS && (s->cell[above].flags & VM_STACK) != 0 &&
                      cell_at[above] - cell_at[b] < STACK_GUARD;
    for (size_t i = a; i < b; i++) {
        near_stack |= s->cell[i].mapped;
    }
    if (near_stack) {
        return -E_INVAL;
    }
    flags |= (flags & VM_WRITE) != 0 ? VM_READ : 0;
    bool stack = (flags & VM_STACK) != 0;
    bool joins = !stack && ((a > 0 && s->cell[a - 1].mapped && s->cell[a - 1].flags == flags) ||
                            (b < CELLS && s->cell[b].mapped && s->cell[b].flags == flags));
    if (!joins && slabs_missing("vma_struct", 1) > left) {
        return -E_NO_MEM;
    }
    for (size_t i = a; i < b; i++) {
        s->cell[i] = (struct cell){.mapped = true, .flags = flags, .first = stack && i == a};
    }
    return 0;
}

/* mm_unmap, likewise. */
static int
model_unmap(struct space *s, uintptr_t start, size_t len, size_t left) {
    int from = boundary(start), end = start + len < start ? -1 : boundary(start + len);
    if (from < 0 || end <= from) {
        return -E_INVAL;
    }
    size_t a = (size_t)from, b = (size_t)end;
    bool hole = true, upper_goes_on = goes_on(s, b);
    for (size_t i = a; i <= b; i++) {
        hole &= goes_on(s, i);
    }
    if (hole && slabs_missing("vma_struct", 1) > left) {
        return -E_NO_MEM;
    }
    for (size_t i = a; i < b; i++) {
        drop(&s->cell[i]);
    }
    if (upper_goes_on) {
        s->cell[b].first = (s->cell[b].flags & VM_STACK) != 0;
    }
    return 0;
}

/* The cell from which do_pgfault may take what cell i is: i itself, or the start of a stack. */
static size_t
cell_for(const struct space *s, size_t i) {
    size_t above = i, below = i;
    while (above < CELLS && !s->cell[above].mapped) {
        above++;
    }
    if (above == i || above == CELLS) {
        return above;
    }
    while (below > 0 && !s->cell[below - 1].mapped) {
        below--;
    }
    bool grows = (s->cell[above].flags & VM_STACK) != 0 &&
                 cell_at[range_end(s, above)] - cell_at[i] <= USER_STACK_MAX &&
                 (below == 0 || cell_at[i] - cell_at[below] >= STACK_GUARD);
    return grows ? above : CELLS;
}

/* do_pgfault, likewise; *left goes down by what it takes. */
static int
model_fault(struct space *s, uint32_t access, uintptr_t addr, size_t *left) {
    size_t i = cell_of(addr), from = i == CELLS ? i : cell_for(s, i);
    if (from == CELLS) {
        return -E_FAULT;
    }
    uint32_t flags = s->cell[from].flags;
    if ((flags & access) == 0) {
        return -E_ACCESS;
    }
    struct content *old = s->cell[i].content;
    bool copies = old != NULL && access == VM_WRITE && old->refs > 1;
    size_t cost = old == NULL ? 1 + tables(s, i) : copies;
    if (cost > *left) {
        return -E_NO_MEM;
    }
    *left -= cost;
    for (size_t k = i; k < from; k++) { /* the stack grows */
        s->cell[k] = (struct cell){.mapped = true, .flags = flags, .first = k == i};
        s->cell[from].first = false;
    }
    if (old == NULL || copies) {
        s->cell[i].content = new_content(old);
    }
    if (copies) {
        old->refs--;
    }
    s->cell[i].accessed = true;
    s->cell[i].dirty |= old == NULL || access == VM_WRITE;
    return 0;
}

/* How far down others have to stay of the range that starts at cell i, for it to grow. */
static uintptr_t
reserved_from(const struct space *s, size_t i) {
    uintptr_t now = cell_at[i] - STACK_GUARD;
    uintptr_t then = cell_at[range_end(s, i)] - USER_STACK_MAX - STACK_GUARD;
    return (s->cell[i].flags & VM_STACK) == 0 ? cell_at[i] : then < now ? then : now;
}

/* May `len` bytes that end at `top` be mapped, and no stack has to stop early? */
static bool
fits_below(const struct space *s, uintptr_t top, size_t len) {
    bool fits = len != 0 && top <= USER_TOP && top > USER_BASE && top - USER_BASE >= len;
    for (size_t i = 0; i < CELLS; i++) {
        fits = fits && (!starts_range(s, i) || top <= reserved_from(s, i) ||
                        top - len >= cell_at[range_end(s, i)]);
    }
    return fits;
}

/* mm_find_free: what is found ends where something else begins. */
static uintptr_t
highest_free(const struct space *s, size_t len) {
    uintptr_t best = fits_below(s, USER_TOP, len) ? USER_TOP : 0;
    for (size_t i = 0; i < CELLS; i++) {
        uintptr_t top = starts_range(s, i) ? reserved_from(s, i) : 0;
        best = top > best && fits_below(s, top, len) ? top : best;
    }
    return best == 0 ? 0 : best - len;
}

#endif
