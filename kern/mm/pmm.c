/*
 * pmm.c - the facade: what every policy needs and none should repeat.
 *
 * It chooses the policy, holds the lock, counts, and keeps a map of all grants,
 * against which each call is checked before the policy sees it.
 */
#include "pmm.h"
#include "fail.h"
#include "machine.h"
#include "spinlock.h"
#include "stdio.h"
#include "string.h"
#include "zone.h"

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

#define ZONE_RANGES MACHINE_RANGES

static struct {
    struct spinlock lock;    /* guards all that follows, and the policy */
    struct page_map map;     /* of all grants */
    struct page_map scratch; /* for audits */
    struct zone_stat stat;
    struct fail fail; /* armed to refuse a call */
    bool raw;
    bool self_checked;
    size_t nranges; /* [first, end) indices into pages[] given to the policy */
    size_t first[ZONE_RANGES], end[ZONE_RANGES];
} zone;

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
    page_map_init(&zone.scratch, zone.scratch.words, zone.scratch.n);
    return &zone.scratch;
}

static size_t
overhead(void) {
    return pmm_manager->overhead == NULL ? 0 : pmm_manager->overhead();
}

void
zone_add_memory(struct Page *base, size_t n) {
    size_t first = (size_t)(base - pages);
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

/* Below pages[] it is huge: one comparison with the map's length finds every stranger. */
static size_t
index_of(const struct Page *page) {
    return (size_t)(page - pages);
}

bool
zone_manages(const struct Page *base, size_t n) {
    size_t i = index_of(base);
    for (size_t r = 0; r < zone.nranges; r++) {
        if (i >= zone.first[r] && i < zone.end[r]) {
            return n <= zone.end[r] - i;
        }
    }
    return false;
}

size_t
zone_idle_run(const struct Page *page, size_t n) {
    return page_map_run(&zone.map, index_of(page), n, PAGE_IDLE);
}

enum page_state
zone_page_state(const struct Page *page) {
    return page_map_get(&zone.map, index_of(page));
}

size_t
zone_grant_length(const struct Page *page) {
    return zone_page_state(page) == PAGE_START
               ? 1 + page_map_run(&zone.map, index_of(page) + 1, npage, PAGE_LIVE)
               : 0;
}

static size_t
granted_for(size_t n) {
    return pmm_manager->grant == NULL ? n : pmm_manager->grant(n);
}

/* Enter a new grant in the map; a policy that broke its promise ends here. */
static void
book_grant(struct Page *page, size_t n, const void *caller) {
    size_t i = index_of(page);
    size_t granted = granted_for(n);
    if (i >= zone.map.n || granted > zone.map.n - i) {
        panic("P2: policy %s granted %zu pages at %p, outside pages[], to %s", pmm_manager->name,
              granted, (void *)page, caller_name(caller));
    }
    if (n == 0 || granted < n) {
        panic("P5: policy %s granted %zu pages for a request of %zu, to %s", pmm_manager->name,
              granted, n, caller_name(caller));
    }
    size_t idle = page_map_run(&zone.map, i, granted, PAGE_IDLE);
    if (idle < granted) {
        panic("P2: policy %s granted page %#zx to %s, but it is granted already", pmm_manager->name,
              page2ppn(page) + idle, caller_name(caller));
    }
    if (!zone_manages(page, granted)) {
        panic("P2: policy %s granted %zu pages at %#zx to %s, but was never given them",
              pmm_manager->name, granted, page2ppn(page), caller_name(caller));
    }
    for (size_t k = 0; k < n; k++) {
        if (page[k].ref != 0) {
            panic("P3: policy %s granted page %#zx with ref %d to %s", pmm_manager->name,
                  page2ppn(page) + k, page[k].ref, caller_name(caller));
        }
    }
    page_map_set(&zone.map, i, 1, PAGE_START);
    page_map_set(&zone.map, i + 1, n - 1, PAGE_LIVE);
    page_map_set(&zone.map, i + n, granted - n, PAGE_SLACK);

    zone.stat.grants++;
    zone.stat.requested += n;
    zone.stat.granted += granted;
    if (zone.stat.granted > zone.stat.peak) {
        zone.stat.peak = zone.stat.granted;
    }
}

struct Page *
alloc_pages(size_t n) {
    const void *caller = __builtin_return_address(0);
    if (zone.raw || spin_held(&zone.lock)) { /* the lock: the policy itself asks */
        return pmm_manager->alloc_pages(n);
    }
    if (fail_strikes(&zone.fail)) {
        cprintf("failpage=%zu: %zu page%s for %s refused\n", zone.fail.nth, n, n == 1 ? "" : "s",
                caller_name(caller));
        return NULL;
    }
    bool intr = spin_lock(&zone.lock);
    struct Page *page = pmm_manager->alloc_pages(n);
    if (page == NULL) {
        zone.stat.refused++;
    } else {
        book_grant(page, n, caller);
        poison_granted(page, n);
    }
    spin_unlock(&zone.lock, intr);
    return page;
}

/* Panic unless [base, base + n) may be freed now. All checks come before any effect. */
static void
guard_free(const struct Page *base, size_t n, const void *caller) {
    size_t i = index_of(base);
    if (i >= zone.map.n) {
        panic("P8: free of %p, no page at all, by %s", (const void *)base, caller_name(caller));
    }
    size_t ppn = page2ppn(base);
    enum page_state state = page_map_get(&zone.map, i);
    if (!zone_manages(base, 1)) {
        panic("P8: free of page %#zx, which is reserved, by %s", ppn, caller_name(caller));
    }
    if (state == PAGE_IDLE) {
        panic("P8: free of page %#zx, which is free already (double free?), by %s", ppn,
              caller_name(caller));
    }
    bool parts = (pmm_manager->caps & PMM_SUBRANGE) != 0;
    if (state != PAGE_START && !(parts && state == PAGE_LIVE)) {
        panic("P8: free of page %#zx, in the middle of a grant, by %s", ppn, caller_name(caller));
    }
    size_t length = 1 + page_map_run(&zone.map, i + 1, npage, PAGE_LIVE);
    if (n == 0 || (n != length && !parts)) {
        panic("P8: free of %zu pages at page %#zx, where %zu were granted, by %s", n, ppn, length,
              caller_name(caller));
    }
    if (n > length) {
        panic("P8: free of %zu pages at page %#zx, which reach beyond the %zu left of their grant, "
              "by %s",
              n, ppn, length, caller_name(caller));
    }
    for (size_t k = 0; k < n; k++) {
        if (base[k].ref != 0) {
            panic("P3: free of page %#zx, which still has ref %d, by %s", ppn + k, base[k].ref,
                  caller_name(caller));
        }
    }
}

/*
 * Take [base, base + n) out of the map, with the pages granted beyond it, whose
 * number is returned; what was asked for behind it becomes a grant of its own.
 */
static size_t
unbook(const struct Page *base, size_t n) {
    size_t i = index_of(base);
    size_t slack = page_map_run(&zone.map, i + n, npage, PAGE_SLACK);
    page_map_set(&zone.map, i, n + slack, PAGE_IDLE);
    if (i + n < zone.map.n && page_map_get(&zone.map, i + n) == PAGE_LIVE) {
        page_map_set(&zone.map, i + n, 1, PAGE_START);
    }
    return slack;
}

void
free_pages(struct Page *base, size_t n) {
    const void *caller = __builtin_return_address(0);
    if (zone.raw || spin_held(&zone.lock)) {
        pmm_manager->free_pages(base, n);
        return;
    }
    bool intr = spin_lock(&zone.lock);
    guard_free(base, n, caller);
    poison_freed(base, n, caller);
    size_t slack = unbook(base, n);
    pmm_manager->free_pages(base, n);
    zone.stat.frees++;
    zone.stat.requested -= n;
    zone.stat.granted -= n + slack;
    spin_unlock(&zone.lock, intr);
}

size_t
nr_free_pages(void) {
    if (zone.raw || spin_held(&zone.lock)) {
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
    stat->free = pmm_manager->nr_free_pages();
    stat->overhead = overhead();
    if (pmm_manager->grant == NULL && stat->free + stat->granted < stat->managed) {
        stat->overhead = stat->managed - stat->free - stat->granted;
    }
    spin_unlock(&zone.lock, intr);
}

void
zone_raw(bool on) {
    zone.raw = on;
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
