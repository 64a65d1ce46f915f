/*
 * checked_pmm.c - a policy behind the seven members of ucore, whose check is a student's.
 *
 * Linked with that check and with one policy, right or wrong; nothing but its
 * answers tells the check which one it is.
 */
#include "pmm.h"

extern const struct pmm_manager subject_pmm_manager;
void pmm_check(const struct pmm_manager *m);

static void
init(void) {
    subject_pmm_manager.init();
}

static void
init_memmap(struct Page *base, size_t n) {
    subject_pmm_manager.init_memmap(base, n);
}

static struct Page *
alloc(size_t n) {
    return subject_pmm_manager.alloc_pages(n);
}

static void
release(struct Page *base, size_t n) {
    subject_pmm_manager.free_pages(base, n);
}

static size_t
count(void) {
    return subject_pmm_manager.nr_free_pages();
}

extern const struct pmm_manager dropin_pmm_manager;

static void
check(void) {
    pmm_check(&dropin_pmm_manager);
}

const struct pmm_manager dropin_pmm_manager = {
    .name = "policy",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
    .check = check,
};
