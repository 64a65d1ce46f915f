/* page_table.c - see page_table.h. */
#include "page_table.h"
#include "error.h"
#include "string.h"
#include "tlb.h"

#define LAST (PT_LEVELS - 1)

/*
 * The entries on the way to `la`: path[0] in the root, path[1] in the table that
 * it leads to, and so on. Returns the level of the last one there is.
 */
static unsigned
walk(pde_t *pgdir, uintptr_t la, pte_t *path[PT_LEVELS]) {
    unsigned level = 0;
    path[0] = &pgdir[PT_INDEX(la, 0)];
    while (level < LAST && pte_leads_to_table(*path[level])) {
        pte_t *table = pte_table(*path[level]);
        level++;
        path[level] = &table[PT_INDEX(la, level)];
    }
    return level;
}

/* The table that holds path[level], if it is counted (T2); else NULL: a root, or the kernel's. */
static struct Page *
counted_table(pte_t *const path[], unsigned level) {
    return level == 0 || (*path[level - 1] & PTE_G) != 0 ? NULL : pte2page(*path[level - 1]);
}

static void
set_entry(pte_t *const path[], unsigned level, pte_t value) {
    struct Page *table = counted_table(path, level);
    if (table != NULL) {
        set_page_ref(table, page_ref(table) + (value != 0) - (*path[level] != 0));
    }
    *path[level] = value;
}

/*
 * Free the table that holds path[level] if it is empty, and then the one above
 * likewise: the last that was made goes first.
 */
static void
free_empty_tables(pte_t *const path[], unsigned level) {
    struct Page *empty[PT_LEVELS];
    size_t n = 0;
    struct Page *table;
    while ((table = counted_table(path, level)) != NULL && page_ref(table) == 0) {
        level--;
        empty[n++] = table;
        set_entry(path, level, 0);
    }
    if (n > 0) {
        tlb_flush_all(); /* before anybody else can be given these pages */
    }
    for (size_t i = 0; i < n; i++) {
        free_page(empty[i]);
    }
}

pte_t *
get_pte(pde_t *pgdir, uintptr_t la, bool create) {
    pte_t *path[PT_LEVELS];
    if (!sv39_address(la)) {
        return NULL;
    }
    unsigned found = walk(pgdir, la, path);
    unsigned level = found;
    while (create && level < LAST && *path[level] == 0) {
        struct Page *page = alloc_page();
        if (page == NULL) {
            free_empty_tables(path, level);
            return NULL;
        }
        pte_t *table = memset(page2kva(page), 0, PGSIZE);
        set_entry(path, level, pte_create(page2ppn(page), PTE_V));
        level++;
        path[level] = &table[PT_INDEX(la, level)];
    }
    if (level != found) {
        tlb_flush_all();
    }
    return level == LAST ? path[LAST] : NULL;
}

struct Page *
get_page(pde_t *pgdir, uintptr_t la, pte_t **entry) {
    pte_t *pte = get_pte(pgdir, la, false);
    if (entry != NULL) {
        *entry = pte;
    }
    return pte != NULL && (*pte & PTE_V) != 0 ? pte2page(*pte) : NULL;
}

static void
release(pte_t old) {
    if ((old & PTE_V) != 0 && page_ref_dec(pte2page(old)) == 0) {
        free_page(pte2page(old));
    }
}

/* May page_insert map the page that holds `la`? */
static bool
may_insert(pde_t *pgdir, uintptr_t la, uint64_t perm) {
    pte_t *path[PT_LEVELS];
    if ((perm & (PTE_R | PTE_X)) == 0 || (perm & (PTE_R | PTE_W)) == PTE_W || !sv39_address(la)) {
        return false;
    }
    unsigned level = walk(pgdir, la, path);
    return level == LAST ? (*path[LAST] & PTE_G) == 0 : *path[level] == 0;
}

int
page_insert(pde_t *pgdir, struct Page *page, uintptr_t la, uint64_t perm) {
    pte_t *path[PT_LEVELS];
    if (!may_insert(pgdir, la, perm)) {
        return -E_INVAL;
    }
    if (get_pte(pgdir, la, true) == NULL) {
        return -E_NO_MEM;
    }
    walk(pgdir, la, path);
    pte_t old = *path[LAST];
    uint64_t flags = (perm & (PTE_RWX | PTE_U)) | PTE_A | PTE_D | PTE_V;
    page_ref_inc(page);
    set_entry(path, LAST, pte_create(page2ppn(page), flags));
    tlb_invalidate(pgdir, la);
    release(old);
    return 0;
}

void
page_remove(pde_t *pgdir, uintptr_t la) {
    pte_t *path[PT_LEVELS];
    if (!sv39_address(la)) {
        return;
    }
    unsigned level = walk(pgdir, la, path);
    pte_t old = level == LAST ? *path[LAST] : 0;
    if ((old & PTE_G) != 0) {
        panic("page_remove: %#lx is in the kernel's own map", (unsigned long)la);
    }
    if (old != 0) {
        set_entry(path, LAST, 0);
        tlb_invalidate(pgdir, la);
    }
    free_empty_tables(path, level);
    release(old);
}

void
tlb_invalidate(pde_t *pgdir, uintptr_t la) {
    (void)pgdir; /* one address space a hart, until it is told which are which (ASID) */
    tlb_flush_page(la);
}

struct Page *
pgdir_alloc_page(pde_t *pgdir, uintptr_t la, uint64_t perm) {
    struct Page *page = alloc_page();
    if (page != NULL && page_insert(pgdir, page, la, perm) != 0) {
        free_page(page);
        return NULL;
    }
    return page;
}

pte_t
pgdir_lookup(const pde_t *pgdir, uintptr_t la, size_t *size) {
    pte_t *path[PT_LEVELS];
    if (!sv39_address(la)) {
        return 0;
    }
    unsigned level = walk((pde_t *)pgdir, la, path);
    if (size != NULL) {
        *size = (size_t)1 << PT_SHIFT(level);
    }
    return (*path[level] & PTE_V) != 0 ? *path[level] : 0;
}

static void
visit_table(const pte_t *table, unsigned level, uintptr_t la, pte_visit_t visit, void *arg) {
    size_t size = (size_t)1 << PT_SHIFT(level);
    for (size_t i = 0; i < PT_ENTRIES; i++, la += size) {
        if (level == 0 && i == PT_ENTRIES / 2) {
            la = -(uintptr_t)1 << 38; /* bits 63..39 follow bit 38 */
        }
        if (level < LAST && pte_leads_to_table(table[i])) {
            visit_table(pte_table(table[i]), level + 1, la, visit, arg);
        } else if ((table[i] & PTE_V) != 0) {
            visit(la, size, table[i], arg);
        }
    }
}

void
pgdir_for_each(const pde_t *pgdir, pte_visit_t visit, void *arg) {
    visit_table(pgdir, 0, 0, visit, arg);
}
