/*
 * page_table_env.h - a model of what is mapped where, for host tests of page_table.c.
 *
 * It has some forty places: pages of a user that share tables or do not, holes in
 * the kernel's own map, large and small pages of it, and an address that is none.
 * Behind host_env.h; in one file of a program.
 */
#ifndef TESTS_HOST_PAGE_TABLE_ENV_H
#define TESTS_HOST_PAGE_TABLE_ENV_H

#define FRAMES 20 /* too few for everything, so that memory runs out by itself, too */

#include "error.h"
#include "hart_env.h"

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
    for (nhart_at = 0; place[nhart_at].kind != NO_ADDRESS; nhart_at++) {
        hart_at[nhart_at] = place[nhart_at].la;
    }
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

#endif
