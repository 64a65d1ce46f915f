/*
 * pmm.c - the facade: what every policy needs and none should repeat.
 *
 * It chooses the policy, holds the lock, counts, and keeps a map of all grants,
 * against which each call is checked before the policy sees it.
 */
#include "facade.h"
#include "stdio.h"
#include "string.h"

struct Page *pages;
size_t npage;
size_t nbase;
uint64_t va_pa_offset = LINEAR_BASE;
void *pmm_metadata;
const struct pmm_manager *pmm_manager;

const struct pmm_manager *const pmm_policies[] = {
#define PMM_POLICY(file, manager) &manager,
#include "policies.def"
#undef PMM_POLICY
};
const size_t pmm_npolicies = ARRAY_SIZE(pmm_policies);

static const struct pmm_manager *const dropin = &dropin_pmm_manager; /* weak: NULL without one */

struct fail *const fail_page = &zone.fail;

const struct pmm_manager *
pmm_find(const char *name) {
    for (size_t i = 0; i < pmm_npolicies; i++) {
        if (strcmp(pmm_policies[i]->name, name) == 0) {
            return pmm_policies[i];
        }
    }
    return strcmp(name, PMM_DROPIN) == 0 ? dropin : NULL;
}

void
pmm_init(const char *name) {
    pmm_manager = &default_pmm_manager; /* the policy of this kernel: change it here */

    if (name != NULL) {
        pmm_manager = pmm_find(name);
    }
    if (pmm_manager == NULL) {
        panic("pmm_init: no policy is called '%s'", name);
    }
    pmm_manager->init();
}

void
zone_init(uint64_t *words) {
    memset(&zone, 0, sizeof(zone));
    zone.fail.name = "failpage";
    size_t n = npage - nbase;
    size_t nwords = page_map_bytes(n) / sizeof(*words);
    page_map_init(&zone.map, words, n);
    page_map_init(&zone.scratch, words + nwords, n);
    poison_init(words + 2 * nwords, n);
}

struct page_map *
zone_blank_map(void) {
    page_map_init(&zone.scratch, zone.scratch.states, zone.scratch.n);
    return &zone.scratch;
}

static size_t
overhead(void) {
    return pmm_manager->overhead == NULL ? 0 : pmm_manager->overhead();
}

void
zone_add_memory(struct Page *base, size_t n) {
    size_t first = index_of(base);
    if (zone.nranges == ZONE_RANGES) {
        panic("P7: more than %d ranges of memory", ZONE_RANGES);
    }
    zone.first[zone.nranges] = first;
    zone.end[zone.nranges] = first + n;
    zone.nranges++;
    poison_new(base, n);
    bool intr = spin_lock(&zone.lock);
    size_t before = pmm_manager->nr_free_pages() + overhead();
    pmm_manager->init_memmap(base, n);
    size_t taken = pmm_manager->nr_free_pages() + overhead() - before;
    spin_unlock(&zone.lock, intr);
    if (taken > n || (taken < n && pmm_policy() != dropin)) {
        panic("P7: policy %s was given %zu pages at %#zx and counts %zu", pmm_manager->name, n,
              page2ppn(base), taken);
    }
    zone.stat.given += n;
    zone.stat.managed += taken;
}

/* The usual end of alloc_pages, with the policy's answer. */
static __noinline struct Page *
answered(struct Page *page, size_t n, bool intr, const void *caller) {
    if (page == NULL) {
        zone.stat.refused++;
    } else {
        book_grant(page, n, caller);
        poison_granted(page, n);
    }
    spin_unlock(&zone.lock, intr);
    return page;
}

static __noinline struct Page *
alloc_slowly(size_t n, const void *caller) {
    if (spin_held(&zone.lock)) { /* raw mode, or the policy itself asks */
        return pmm_manager->alloc_pages(n);
    }
    if (fail_strikes(&zone.fail)) {
        cprintf("failpage=%zu: %zu page%s for %s refused\n", zone.fail.nth, n, n == 1 ? "" : "s",
                caller_name(caller));
        return NULL;
    }
    bool intr = spin_lock(&zone.lock);
    return answered(pmm_manager->alloc_pages(n), n, intr, caller);
}

struct Page *
alloc_pages(size_t n) {
    bool intr;
    if (n != 1 || fail_counts(&zone.fail) || !spin_try_lock(&zone.lock, &intr)) {
        return alloc_slowly(n, __builtin_return_address(0));
    }
    struct Page *page = pmm_manager->alloc_pages(1);
    if (!book_one(page)) {
        return answered(page, 1, intr, __builtin_return_address(0));
    }
    poison_granted(page, 1);
    spin_unlock(&zone.lock, intr);
    return page;
}

/* The usual end of free_pages, under the lock. */
static __noinline void
give_back(struct Page *base, size_t n, bool intr, const void *caller) {
    guard_free(base, n, caller);
    poison_freed(base, n, caller);
    unbook(base, n);
    pmm_manager->free_pages(base, n);
    spin_unlock(&zone.lock, intr);
}

static __noinline void
free_slowly(struct Page *base, size_t n, const void *caller) {
    if (spin_held(&zone.lock)) {
        pmm_manager->free_pages(base, n);
    } else {
        give_back(base, n, spin_lock(&zone.lock), caller);
    }
}

void
free_pages(struct Page *base, size_t n) {
    bool intr;
    if (n != 1 || !spin_try_lock(&zone.lock, &intr)) {
        free_slowly(base, n, __builtin_return_address(0));
        return;
    }
    if (!unbook_one(base)) {
        give_back(base, 1, intr, __builtin_return_address(0));
        return;
    }
    poison_freed(base, 1, __builtin_return_address(0));
    pmm_manager->free_pages(base, 1);
    spin_unlock(&zone.lock, intr);
}

size_t
nr_free_pages(void) {
    if (spin_held(&zone.lock)) {
        return pmm_manager->nr_free_pages();
    }
    bool intr = spin_lock(&zone.lock);
    size_t n = pmm_manager->nr_free_pages();
    spin_unlock(&zone.lock, intr);
    return n;
}

void
zone_stat(struct zone_stat *stat) {
    bool intr = spin_lock(&zone.lock);
    *stat = zone.stat;
    stat->grants = zone.grants;
    stat->frees = zone.frees;
    stat->peak = zone.peak;
    stat->granted = zone.peak - zone.below_peak;
    stat->requested = stat->granted - zone.slack;
    stat->free = pmm_manager->nr_free_pages();
    stat->overhead = overhead();
    if (pmm_manager->grant == NULL && stat->free + stat->granted < stat->managed) {
        stat->overhead = stat->managed - stat->free - stat->granted;
    }
    spin_unlock(&zone.lock, intr);
}

void
zone_raw(bool on) {
    if (on) {
        zone.raw_intr = spin_lock(&zone.lock);
    } else {
        spin_unlock(&zone.lock, zone.raw_intr);
    }
}

bool
zone_self_checked(void) {
    return zone.self_checked;
}

void
zone_self_check(void) {
    if (pmm_manager->check == NULL) {
        return;
    }
    bool intr = intr_save();
    size_t before = nr_free_pages();
    zone_raw(true);
    pmm_manager->check();
    zone_raw(false);
    zone.self_checked = true;
    size_t after = nr_free_pages();
    intr_restore(intr);
    if (after != before) {
        panic("P4: the check of policy %s found %zu pages free and left %zu", pmm_manager->name,
              before, after);
    }
}
