/* facade.c - a policy through alloc_pages and free_pages: guards, lock and counts are on. */
#include "host.h"
#include "intr.h"
#include "zone.h"

bool host_intr_on = true;

bool
bench_choose(const char *name) {
    pmm_manager = pmm_find(name);
    return pmm_manager != NULL;
}

size_t
bench_words_bytes(size_t npages) {
    return zone_words_bytes(npages);
}

void
bench_give(uint64_t *words, size_t npages) {
    pmm_manager->init();
    zone_init(words);
    zone_add_memory(pages, npages);
}

struct workload_target
bench_target(void) {
    return (struct workload_target){alloc_pages, free_pages};
}
