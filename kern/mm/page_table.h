/*
 * page_table.h - the page tables of an address space, in Sv39.
 *
 * A root table leads to tables of a middle level, and these to tables of the
 * last, whose entries map pages of 4 KiB. Names and meaning are the course's.
 * What is always true between calls:
 *
 *   T1  `ref` of a page counts the entries that map it, and whatever else holds
 *       it; when page_remove or page_insert takes the last one, the page is freed.
 *   T2  `ref` of a table below the root counts its entries that are not 0; when
 *       page_remove takes the last one, the table is freed.
 *   T3  entries with PTE_G are the kernel's own map (kernel_map.h): they are not
 *       changed here, and the tables that they lead to are not counted or freed.
 *       A page may be mapped where these have a hole, a guard page included.
 *   T4  this hart translates as the tables say.
 *
 * The caller sees to it that nobody else uses the same tables meanwhile. Every
 * function takes O(levels) steps and at most two pages for tables, unless it
 * says something else.
 */
#ifndef KERN_MM_PAGE_TABLE_H
#define KERN_MM_PAGE_TABLE_H

#include "pmm.h"

typedef uint64_t pte_t; /* an entry that maps, or 0 */
typedef pte_t pde_t;    /* an entry of a table that may lead to others */

/* Are bits 63..39 of `la` what bit 38 is? Others are not addresses at all. */
static inline bool
sv39_address(uintptr_t la) {
    return la + ((uintptr_t)1 << 38) < (uintptr_t)1 << 39;
}

static inline bool
pte_leads_to_table(pte_t pte) {
    return (pte & (PTE_V | PTE_RWX)) == PTE_V;
}

static inline pte_t *
pte_table(pte_t pte) {
    return KADDR(PTE_ADDR(pte));
}

static inline struct Page *
pte2page(pte_t pte) {
    return pa2page(PTE_ADDR(pte));
}

/*
 * The entry for the page that holds `la`, in the table of the last level. NULL
 * when there is no such table, unless `create`: then, when memory ran out (and
 * nothing has changed), when a larger page maps `la`, or when it is no address.
 * An entry may be changed through the pointer, but not from or to 0 (T2); the
 * pointer is good until a page_remove in the same table.
 */
pte_t *get_pte(pde_t *pgdir, uintptr_t la, bool create);

/* The page mapped at `la`, or NULL; in *entry, unless NULL, what get_pte finds. */
struct Page *get_page(pde_t *pgdir, uintptr_t la, pte_t **entry);

/*
 * Map `page` at the page that holds `la`, in place of what is there. `perm` is
 * of PTE_R, PTE_W, PTE_X, PTE_U; the hardware's marks A and D are set, so that
 * harts that fault without them do not. 0; or with nothing changed -E_NO_MEM, or
 * -E_INVAL: `perm` lets nobody read or run it, or write but not read; `la` is no
 * address, or in the kernel's own map.
 */
int page_insert(pde_t *pgdir, struct Page *page, uintptr_t la, uint64_t perm) __warn_unused;

/*
 * Take the entry of the page that holds `la`, if there is one, and every table
 * on the way to it that is empty then. Of an entry that is not valid, what it stands for is the
 * caller's. Panics in the kernel's own map.
 */
void page_remove(pde_t *pgdir, uintptr_t la);

/* This hart forgets what it knows of the page that holds `la`. */
void tlb_invalidate(pde_t *pgdir, uintptr_t la);

/* A new page, its contents undefined, mapped at `la`; NULL where page_insert fails, or there is
 * none. */
struct Page *pgdir_alloc_page(pde_t *pgdir, uintptr_t la, uint64_t perm);

/* The leaf that maps `la` and in *size, unless NULL, the bytes it maps; or 0. */
pte_t pgdir_lookup(const pde_t *pgdir, uintptr_t la, size_t *size);

typedef void (*pte_visit_t)(uintptr_t la, size_t size, pte_t leaf, void *arg);

/* Visit every leaf, upwards, the kernel's half behind the user's. O(entries of all tables). */
void pgdir_for_each(const pde_t *pgdir, pte_visit_t visit, void *arg);

#endif
