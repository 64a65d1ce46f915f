/* plain.c - a policy at its vtable; with a cache in front of it, if compiled so. */
#include "host.h"
#ifdef FRONT_CACHE
#include "front_cache.h"
#endif

struct Page *pages;
size_t npage, nbase;
uint64_t va_pa_offset;
void *pmm_metadata;
const struct pmm_manager *pmm_manager;

bool
bench_choose(const char *name) {
    (void)name;
    pmm_manager = &dropin_pmm_manager;
#ifdef FRONT_CACHE
    pmm_manager = front_cache_over(&dropin_pmm_manager);
#endif
    return true;
}

size_t
bench_words_bytes(size_t npages) {
    (void)npages;
    return 0;
}

void
bench_give(uint64_t *words, size_t npages) {
    (void)words;
    pmm_manager->init();
    pmm_manager->init_memmap(pages, npages);
}

struct workload_target
bench_target(void) {
    return (struct workload_target){pmm_manager->alloc_pages, pmm_manager->free_pages};
}

/* Old files call these from within. */
struct Page *
alloc_pages(size_t n) {
    return pmm_manager->alloc_pages(n);
}

void
free_pages(struct Page *base, size_t n) {
    pmm_manager->free_pages(base, n);
}

size_t
nr_free_pages(void) {
    return pmm_manager->nr_free_pages();
}
