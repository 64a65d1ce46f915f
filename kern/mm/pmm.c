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

static struct Page refusal; /* the answer to a call that failpage refuses */

static struct Page *
alloc_counted(size_t n) {
    return fail_count(&zone.fail) ? &refusal : pmm_manager->alloc_pages(n);
}

/* failpage stands before the policy while it counts, so that it costs nothing while it does not. */
static void
count_calls(bool on) {
    zone.alloc = on ? alloc_counted : pmm_manager->alloc_pages;
}

void
zone_init(uint64_t *words) {
    memset(&zone, 0, sizeof(zone));
    zone.alloc = pmm_manager->alloc_pages;
    zone.free = pmm_manager->free_pages;
    zone.fail.name = "failpage";
    zone.fail.watch = count_calls;
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
    struct intr intr = spin_lock(&zone.lock);
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

/* The usual end of alloc_pages, with the answer of zone.alloc. */
static __noinline struct Page *
answered(struct Page *page, size_t n, struct intr intr, const void *caller) {
    if (page == &refusal) {
        spin_unlock(&zone.lock, intr);
        cprintf("failpage=%zu: %zu page%s for %s refused\n", zone.fail.nth, n, n == 1 ? "" : "s",
                caller_name(caller));
        return NULL;
    }
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
    struct intr intr = spin_lock(&zone.lock);
    return answered(zone.alloc(n), n, intr, caller);
}

struct Page *
alloc_pages(size_t n) {
    struct intr intr;
    if (n != 1 || !spin_try_lock(&zone.lock, &intr)) {
        return alloc_slowly(n, return_address());
    }
    struct Page *page = zone.alloc(n);
    if (!book_one(page)) {
        return answered(page, 1, intr, return_address());
    }
    poison_granted(page, 1);
    spin_unlock(&zone.lock, intr);
    return page;
}

/* The usual end of free_pages, under the lock. */
static __noinline void
give_back(struct Page *base, size_t n, struct intr intr, const void *caller) {
    guard_free(base, n, caller);
    poison_freed(base, n, caller);
    unbook(base, n);
    zone.free(base, n);
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
    struct intr intr;
    if (n != 1 || !spin_try_lock(&zone.lock, &intr)) {
        free_slowly(base, n, return_address());
        return;
    }
    if (!unbook_one(base)) {
        give_back(base, 1, intr, return_address());
        return;
    }
    poison_freed(base, 1, return_address());
    zone.free(base, n);
    spin_unlock(&zone.lock, intr);
}

size_t
nr_free_pages(void) {
    if (spin_held(&zone.lock)) {
        return pmm_manager->nr_free_pages();
    }
    struct intr intr = spin_lock(&zone.lock);
    size_t n = pmm_manager->nr_free_pages();
    spin_unlock(&zone.lock, intr);
    return n;
}

void
zone_stat(struct zone_stat *stat) {
    struct intr intr = spin_lock(&zone.lock);
    *stat = zone.stat;
    enter_peak();
    stat->grants = (uint64_t)zone.grants;
    stat->frees = (uint64_t)zone.top - zone.peak + zone.extra;
    stat->peak = zone.peak;
    stat->granted = zone.peak - (size_t)(zone.top - zone.grants);
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
