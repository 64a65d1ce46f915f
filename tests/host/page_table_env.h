/*
 * page_table_env.h - what page_table.c stands on, for host tests: a memory of few frames, and a
 * hart; and a model of what is mapped where.
 *
 * The model has some forty places: pages of a user that share tables or do not,
 * holes in the kernel's own map, large and small pages of it, and an address
 * that is none. The hart reads the tables by code of its own, and remembers
 * every entry that it has read until it is told to forget it.
 *
 * Behind host_env.h; in one file of a program. What is wrong is a panic.
 */
#ifndef TESTS_HOST_PAGE_TABLE_ENV_H
#define TESTS_HOST_PAGE_TABLE_ENV_H

#include "error.h"
#include "page_table.h"
#include "tlb.h"

#define FRAMES 20 /* too few for everything, so that memory runs out by itself, too */
#define NEVER  9  /* allocations that succeed: all */

static struct Page frames[FRAMES];
static _Alignas(PGSIZE) char contents[FRAMES][PGSIZE];
static bool granted[FRAMES];
static unsigned allocations_left; /* NEVER: any number */

struct Page *pages = frames;
size_t nbase = 0x80000, npage = 0x80000 + FRAMES;
uint64_t va_pa_offset;

#define must(right, ...) ((right) ? (void)0 : panic(__VA_ARGS__))

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx is in no image", (unsigned long)va);
}

static size_t
count_granted(void) {
    size_t n = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        n += granted[i];
    }
    return n;
}

struct Page *
alloc_pages(size_t n) {
    must(n == 1, "%zu pages for a table", n);
    for (size_t i = 0; i < FRAMES && allocations_left > 0; i++) {
        if (!granted[i]) {
            allocations_left -= allocations_left != NEVER;
            granted[i] = true;
            memset(contents[i], 0xc7, PGSIZE);
            return &frames[i];
        }
    }
    return NULL;
}

/* ---- the places, and what is mapped there ---------------------------------------------------- */

enum kind { USER, HOLE_IN_LAST, HOLE_IN_MIDDLE, KERNEL, NO_ADDRESS };

#define PER_LEVEL 3
#define USERS     (PER_LEVEL * PER_LEVEL * PER_LEVEL)
#define PLACES    (USERS + 7)

static struct place {
    enum kind kind;
    uintptr_t la;
    struct Page *page; /* NULL: none */
    uint64_t perm;
} place[PLACES];

static bool held[FRAMES]; /* by the test, with one reference */

static _Alignas(PGSIZE) pte_t root[PT_ENTRIES], kernel_middle[PT_ENTRIES], kernel_last[PT_ENTRIES];

#define KERNEL_ROOT  511u
#define KERNEL_FLAGS (PTE_G | PTE_A | PTE_D | PTE_R | PTE_V)
#define LARGE_AT(i)  ((uintptr_t)0xffffffc000000000 + ((uintptr_t)(i) << GIGAPAGE_SHIFT))
#define MIDDLE_AT(i) (LARGE_AT(255) + ((uintptr_t)(i) << MEGAPAGE_SHIFT))
#define KERNEL_AT(i) (MIDDLE_AT(1) + ((uintptr_t)(i) << PGSHIFT))

static void
build_kernel_map(void) {
    memset(root, 0, sizeof(root));
    memset(kernel_middle, 0, sizeof(kernel_middle));
    memset(kernel_last, 0, sizeof(kernel_last));
    root[300] = pte_create(0, KERNEL_FLAGS);
    root[KERNEL_ROOT] = pte_create(PADDR(kernel_middle) >> PGSHIFT, PTE_G | PTE_V);
    kernel_middle[0] = pte_create(0x200, KERNEL_FLAGS);
    kernel_middle[1] = pte_create(PADDR(kernel_last) >> PGSHIFT, PTE_G | PTE_V);
    kernel_last[0] = pte_create(0x300, KERNEL_FLAGS);
}

static void
choose_places(void) {
    static const uintptr_t at[PER_LEVEL][PER_LEVEL] = {{0, 1, 255}, {0, 1, 511}, {0, 5, 511}};
    struct place *p = place;
    memset(place, 0, sizeof(place));
    for (size_t i = 0; i < USERS; i++, p++) {
        p->la = at[0][i / 9] << GIGAPAGE_SHIFT | at[1][i / 3 % 3] << MEGAPAGE_SHIFT |
                at[2][i % 3] << PGSHIFT | i;
    }
    *p++ = (struct place){.kind = HOLE_IN_LAST, .la = KERNEL_AT(7)};
    *p++ = (struct place){.kind = HOLE_IN_MIDDLE, .la = MIDDLE_AT(2)};
    *p++ = (struct place){.kind = HOLE_IN_MIDDLE, .la = MIDDLE_AT(2) + 511 * PGSIZE};
    *p++ = (struct place){.kind = KERNEL, .la = LARGE_AT(44) + 3 * PGSIZE};
    *p++ = (struct place){.kind = KERNEL, .la = MIDDLE_AT(0) + 5 * PGSIZE};
    *p++ = (struct place){.kind = KERNEL, .la = KERNEL_AT(0)};
    *p++ = (struct place){.kind = NO_ADDRESS, .la = (uintptr_t)1 << 39}; /* but for that bit, 0 */
}

/* Do both lie below the same entry of that level? */
static bool
share(const struct place *p, const struct place *q, unsigned level) {
    return p->la >> PT_SHIFT(level) == q->la >> PT_SHIFT(level);
}

/* Is anything mapped that needs the table below p's entry of that level? */
static bool
table_needed(const struct place *p, unsigned level) {
    for (size_t i = 0; i < PLACES; i++) {
        if (place[i].page != NULL && share(p, &place[i], level)) {
            return true;
        }
    }
    return false;
}

/* Tables that the allocator would be asked for, to map something at p. */
static unsigned
tables_missing(const struct place *p) {
    return (p->kind == USER && !table_needed(p, 0)) +
           (p->kind != HOLE_IN_LAST && !table_needed(p, 1));
}

/* Tables that all that is mapped takes: each is counted at the first place that needs it. */
static size_t
tables_in_use(void) {
    size_t n = 0;
    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &place[i];
        struct Page *page = p->page;
        p->page = NULL;
        bool earlier[2] = {false, false};
        for (size_t k = 0; k < i; k++) {
            earlier[0] |= place[k].page != NULL && share(p, &place[k], 0);
            earlier[1] |= place[k].page != NULL && share(p, &place[k], 1);
        }
        p->page = page;
        n += page == NULL ? 0
                          : (size_t)(p->kind == USER && !earlier[0]) +
                                (p->kind != HOLE_IN_LAST && !earlier[1]);
    }
    return n;
}

static int
references(const struct Page *page) {
    int n = held[page - frames];
    for (size_t i = 0; i < PLACES; i++) {
        n += place[i].page == page;
    }
    return n;
}

/* ---- the hardware ---------------------------------------------------------------------------- */

/* What a hart may remember: of each place, its entry in each table; `known` until it is flushed. */
static struct {
    bool known[PT_LEVELS];
    pte_t entry[PT_LEVELS];
} tlb[PLACES];

static size_t whole_flushes;

void
tlb_flush_all(void) {
    whole_flushes++;
    memset(tlb, 0, sizeof(tlb));
}

void
tlb_flush_page(uintptr_t va) {
    for (size_t i = 0; i < PLACES; i++) {
        if (place[i].la >> PGSHIFT == va >> PGSHIFT) {
            tlb[i].known[PT_LEVELS - 1] = false;
        }
    }
}

/* Entries on the way to `la`, 0 behind the last, read as the manual says; the level of the last. */
static unsigned
translate(uintptr_t la, pte_t entry[PT_LEVELS]) {
    const pte_t *table = root;
    memset(entry, 0, PT_LEVELS * sizeof(*entry));
    for (unsigned level = 0;; level++) {
        pte_t e = table[la >> (30 - 9 * level) & 511];
        entry[level] = e;
        must(e >> 54 == 0, "%#lx: a reserved bit in %#lx", la, e);
        if ((e & 1) == 0) {
            must(e == 0, "%#lx: not valid, but %#lx", la, e);
            return level;
        }
        must((e & 6) != 4, "%#lx: %#lx may be written and not read", la, e);
        if ((e & 14) != 0) {
            must((e & 0xc0) == 0xc0, "%#lx: a mark is missing in %#lx", la, e);
            must((e >> 10 & (((uint64_t)1 << (18 - 9 * level)) - 1)) == 0, "%#lx: misaligned", la);
            return level;
        }
        must(level < 2, "%#lx: a page that nobody may use, %#lx", la, e);
        must((e & 0xd0) == 0, "%#lx: U, A or D in %#lx, which leads to a table", la, e);
        table = (const pte_t *)((e >> 10 << 12) + va_pa_offset);
    }
}

/* Nothing that the hart remembers is wrong; then it remembers everything. */
static void
check_tlb(void) {
    for (size_t i = 0; i < PLACES; i++) {
        pte_t now[PT_LEVELS];
        if (place[i].kind == NO_ADDRESS) {
            continue;
        }
        translate(place[i].la, now);
        for (unsigned level = 0; level < PT_LEVELS; level++) {
            must(!tlb[i].known[level] || tlb[i].entry[level] == now[level],
                 "%#lx: the hart still knows %#lx at level %u, where now %#lx is", place[i].la,
                 tlb[i].entry[level], level, now[level]);
            tlb[i].known[level] = true;
            tlb[i].entry[level] = now[level];
        }
    }
}

void
free_pages(struct Page *base, size_t n) {
    size_t i = (size_t)(base - frames);
    must(n == 1 && i < FRAMES && granted[i], "free of %zu pages at %zu", n, i);
    must(base->ref == 0, "free of page %zu, which has ref %d", i, base->ref);
    for (size_t p = 0; p < PLACES; p++) {
        for (unsigned level = 0; level < PT_LEVELS; level++) {
            must(!tlb[p].known[level] || (tlb[p].entry[level] & 1) == 0 ||
                     tlb[p].entry[level] >> 10 != nbase + i,
                 "free of page %zu, by which the hart still translates %#lx", i, place[p].la);
        }
    }
    granted[i] = false;
}

#endif
