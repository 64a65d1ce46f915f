/*
 * hard_coded_address_pmm.c - first fit; memory is taken to start at a written
 * address.
 */
#define OWN_ALLOC
#include "first_fit.h"

#define DRAM_START 0x80000000

static struct Page *
alloc(size_t n) {
    list_entry_t *le = &free_area.free_list;
    while (n > 0 && (le = list_next(le)) != &free_area.free_list) {
        struct Page *p = le2page(le, page_link);
        if (p->property >= n) {
            uintptr_t pa = page2pa(take(p, n));
            return &pages[(pa - DRAM_START) / PGSIZE]; /* wrong: index 0 is page number nbase */
        }
    }
    return NULL;
}
