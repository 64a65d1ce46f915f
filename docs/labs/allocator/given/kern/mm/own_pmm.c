/*
 * own_pmm.c - say here what your policy does, what it costs (O(...)), and where the idea is from.
 *
 * It is registered under the name "own": make judge PMM=own, make qemu PMM=own, and for its marks
 * tools/grade --task own. It may include pmm.h, block_list.h, basic_check.h and libs, nothing else.
 */
#include "pmm.h"

/* SLOT own.policy: everything from here on; as it stands, it takes no memory and grants none. */
static void
own_init(void) {
}

static void
own_init_memmap(struct Page *base, size_t n) {
    (void)base;
    (void)n;
}

static struct Page *
own_alloc_pages(size_t n) {
    (void)n;
    return NULL;
}

static void
own_free_pages(struct Page *base, size_t n) {
    (void)base;
    (void)n;
}

static size_t
own_nr_free_pages(void) {
    return 0;
}

const struct pmm_manager own_pmm_manager = {
    .name = "own",
    .init = own_init,
    .init_memmap = own_init_memmap,
    .alloc_pages = own_alloc_pages,
    .free_pages = own_free_pages,
    .nr_free_pages = own_nr_free_pages,
};
/* SLOT own.policy ends */
