/* kernel_address_pmm.c - writes to the pages it hands out, by every way there is to an address. */
#include "old_first_fit.h"
#include <memlayout.h>

static void
check(void) {
    struct Page *p = alloc_page();
    uintptr_t pa = page2pa(p);
    char *va = KADDR(pa);
    memset(va, 0x5a, PGSIZE);
    assert(va == page2kva(p) && kva2page(va) == p && PADDR(va) == pa && pa2page(pa) == p);
    assert(pa + va_pa_offset == (uintptr_t)va && page2ppn(p) == pa / PGSIZE);
    assert(va[PGSIZE - 1] == 0x5a && pa < npage * PGSIZE && pages + (page2ppn(p) - nbase) == p);
    free_page(p);
}

const struct pmm_manager address_pmm_manager = {
    .name = "kernel_address",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
