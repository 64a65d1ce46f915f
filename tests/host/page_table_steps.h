/*
 * page_table_steps.h - one call of page_table.c after the other, each compared with the model of
 * page_table_env.h.
 *
 * Any four numbers are a step, for random tests and for a fuzzer. In one file of
 * a program.
 */
#ifndef TESTS_HOST_PAGE_TABLE_STEPS_H
#define TESTS_HOST_PAGE_TABLE_STEPS_H

#include "page_table_env.h"

/* ---- what must hold between steps ------------------------------------------------------------ */

static void
check_place(const struct place *p) {
    pte_t entry[PT_LEVELS], *found;
    size_t size;
    if (p->kind == NO_ADDRESS) {
        must(get_page(root, p->la, &found) == NULL && found == NULL &&
                 pgdir_lookup(root, p->la, &size) == 0,
             "%#lx: found, and is no address", p->la);
        return;
    }
    unsigned level = translate(root, p->la, entry);
    must(pgdir_lookup(root, p->la, &size) == entry[level] && size == 1ul << (30 - 9 * level),
         "%#lx: looked up wrongly", p->la);
    if (p->kind == KERNEL) {
        must((entry[level] & KERNEL_FLAGS) == KERNEL_FLAGS, "%#lx: the kernel's own, changed",
             p->la);
        return;
    }
    pte_t right = p->page == NULL ? 0
                                  : pte_create(nbase + (size_t)(p->page - frames),
                                               p->perm | PTE_A | PTE_D | PTE_V);
    must(entry[level] == right && (right == 0 || level == 2), "%#lx: %#lx, not %#lx", p->la,
         entry[level], right);
    must(get_page(root, p->la, &found) == p->page, "%#lx: not the page mapped there", p->la);
    must((found == NULL) == (level < 2) && (found == NULL || *found == right),
         "%#lx: get_page gives a wrong entry", p->la);
    must(get_pte(root, p->la, false) == found, "%#lx: get_pte gives another entry", p->la);
}

static void
check_everything(void) {
    size_t data = 0;
    check_tlb();
    for (size_t i = 0; i < PLACES; i++) {
        check_place(&place[i]);
    }
    for (size_t i = 0; i < FRAMES; i++) {
        int n = references(&frames[i]);
        data += n != 0;
        must(n == 0 || (granted[i] && frames[i].ref == n), "page %zu has ref %d, not %d", i,
             frames[i].ref, n);
    }
    must(count_granted() == data + tables_in_use(), "%zu pages in use: %zu mapped, %zu tables",
         count_granted(), data, tables_in_use());
}

struct leaves {
    size_t n, kernel;
    uintptr_t last;
};

static void
count_leaf(uintptr_t la, size_t size, pte_t leaf, void *arg) {
    struct leaves *leaves = arg;
    size_t found;
    must(pgdir_lookup(root, la, &found) == leaf && found == size, "%#lx is visited wrongly", la);
    must(leaves->n == 0 || la > leaves->last, "%#lx is visited behind %#lx", la, leaves->last);
    must(size == PGSIZE || (leaf & PTE_G) != 0, "%#lx: %zu bytes", la, size);
    leaves->n++;
    leaves->kernel += (leaf & PTE_G) != 0;
    leaves->last = la;
}

/* As check_everything, and no entry stands where the model has no place. */
static void
check_every_entry(void) {
    size_t mapped = 0;
    struct leaves leaves = {0};
    check_everything();
    for (size_t i = 0; i < PLACES; i++) {
        mapped += place[i].page != NULL;
    }
    pgdir_for_each(root, count_leaf, &leaves);
    must(leaves.kernel == 3 && leaves.n == 3 + mapped, "%zu leaves, %zu the kernel's", leaves.n,
         leaves.kernel);
}

static void
start_empty(void) {
    start_hart(root);
    memset(held, 0, sizeof(held));
    build_kernel_map();
    choose_places();
    whole_flushes = 0;
    check_everything();
}

/* ---- the steps ------------------------------------------------------------------------------- */

/* What page_insert must answer at p, when so many allocations succeed. */
static int
answer(const struct place *p, uint64_t perm, size_t available) {
    bool useful = (perm & (PTE_R | PTE_X)) != 0 && (perm & (PTE_R | PTE_W)) != PTE_W;
    if (!useful || p->kind == KERNEL || p->kind == NO_ADDRESS) {
        return -E_INVAL;
    }
    return tables_missing(p) > available ? -E_NO_MEM : 0;
}

static void
step_insert(struct place *p, struct Page *page, uint64_t perm) {
    int right = answer(p, perm, available());
    int got = page_insert(root, page, p->la, perm);
    must(got == right, "page_insert at %#lx: %d, not %d", p->la, got, right);
    if (got == 0) {
        p->page = page;
        p->perm = perm;
    }
}

static void
step_alloc(struct place *p, uint64_t perm) {
    size_t left = available();
    bool right = left > 0 && answer(p, perm, left - 1) == 0;
    struct Page *page = pgdir_alloc_page(root, p->la, perm);
    must((page != NULL) == right, "pgdir_alloc_page at %#lx: %p", p->la, (void *)page);
    if (page != NULL) {
        must(granted[page - frames] && references(page) == 0, "the new page is not new");
        p->page = page;
        p->perm = perm;
    }
}

static void
step_remove(struct place *p) {
    if (p->kind == KERNEL && p->la == KERNEL_AT(0)) {
        return; /* a panic */
    }
    page_remove(root, p->la);
    p->page = NULL;
}

/* The test takes a reference to the page at p, or lets its own go. */
static void
step_hold(struct place *p) {
    struct Page *page = p->page;
    if (page != NULL) {
        held[page - frames] = !held[page - frames];
        page_ref_inc(page);
        page->ref -= held[page - frames] ? 0 : 2;
    }
}

/* An entry that is asked for and not used leaves nothing behind page_remove. */
static void
step_create(struct place *p) {
    bool there = p->page != NULL || p->la == KERNEL_AT(0);
    bool right = there || answer(p, PTE_R, available()) == 0;
    pte_t *entry = get_pte(root, p->la, true);
    must((entry != NULL) == right, "get_pte at %#lx: %p", p->la, (void *)entry);
    if (entry != NULL && !there) {
        must(*entry == 0, "get_pte at %#lx: a new entry holds %#lx", p->la, *entry);
        page_remove(root, p->la);
    }
}

/* Any four numbers are a step; up to three allocations succeed in it, or all. */
static void
step(unsigned what, unsigned where, unsigned more, unsigned left) {
    static const uint64_t perms[] = {PTE_R,
                                     PTE_R | PTE_W,
                                     PTE_R | PTE_X,
                                     PTE_R | PTE_W | PTE_X,
                                     PTE_X | PTE_U,
                                     PTE_R | PTE_U,
                                     PTE_R | PTE_W | PTE_U,
                                     PTE_U,
                                     0,
                                     PTE_W,
                                     PTE_W | PTE_X};
    struct place *p = &place[where % PLACES];
    struct Page *page = place[more % PLACES].page;
    uint64_t perm = perms[more / 3 % ARRAY_SIZE(perms)];
    allocations_left = left % 8 < 4 ? left % 8 : NEVER;
    if (what % 8 <= 2) {
        step_alloc(p, perm);
    } else if (what % 8 <= 4 && page != NULL) {
        step_insert(p, page, perm);
    } else if (what % 8 == 5) {
        step_hold(p);
    } else if (what % 8 == 6) {
        step_create(p);
    } else {
        step_remove(p);
    }
    allocations_left = NEVER;
    check_everything();
    for (size_t i = 0; i < FRAMES; i++) { /* pages that only the test holds are let go */
        if (held[i] && frames[i].ref == 1) {
            held[i] = false;
            frames[i].ref = 0;
            free_pages(&frames[i], 1);
        }
    }
}

/* Take everything away: nothing may be left. */
static void
finish(void) {
    check_every_entry();
    for (size_t i = 0; i < PLACES; i++) {
        step(7, (unsigned)i, 0, NEVER);
    }
    must(count_granted() == 0, "%zu pages are lost", count_granted());
}

#endif
