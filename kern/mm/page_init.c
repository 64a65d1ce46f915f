/* page_init.c - see page_init.h. Runs once, at boot. */
#include "page_init.h"
#include "memranges.h"
#include "string.h"
#include "zone.h"

static struct memory_report report;

const struct memory_report *
page_init_report(void) {
    return &report;
}

bool
page_init_holds(const struct machine *machine, struct range at) {
    for (size_t i = 0; i < machine->memory.n; i++) {
        const struct range *r = &machine->memory.r[i];
        if (at.base >= r->base && at.base < at.end && at.end <= r->end) {
            return at.end <= (uint64_t)LINEAR_GIGS << GIGAPAGE_SHIFT;
        }
    }
    return false;
}

static void
add_region(const char *name, char mark, struct range at) {
    if (at.base < at.end && report.nregions < ARRAY_SIZE(report.regions)) {
        report.regions[report.nregions++] = (struct memory_region){name, mark, at};
    }
}

/* Regions that are in use before any page is handed out. */
static void
find_regions(const struct machine *m, struct range image) {
    for (size_t i = 0; i < m->reserved.n; i++) {
        add_region("firmware", 'F', m->reserved.r[i]);
    }
    add_region("kernel image", 'K', image);
    add_region("device tree", 'D', m->dtb);
}

static void
give_up(struct ranges *free, size_t i) {
    report.unreachable += free->r[i].end - free->r[i].base;
    free->n--;
    memmove(&free->r[i], &free->r[i + 1], (free->n - i) * sizeof(free->r[0]));
}

static size_t
smallest(const struct ranges *set) {
    size_t found = 0;
    for (size_t i = 1; i < set->n; i++) {
        if (set->r[i].end - set->r[i].base < set->r[found].end - set->r[found].base) {
            found = i;
        }
    }
    return found;
}

/* Take [base, end) out; where that leaves too many pieces, the smallest is given up first. */
static void
remove_range(struct ranges *free, uint64_t base, uint64_t end) {
    struct ranges rest = *free;
    while (!memranges_remove(&rest, base, end)) {
        give_up(free, smallest(free));
        rest = *free;
    }
    *free = rest;
}

/* What memory there is but for the regions so far; the order of calls does not matter. */
static void
remove_regions(struct ranges *free) {
    for (size_t i = 0; i < report.nregions; i++) {
        remove_range(free, report.regions[i].at.base, report.regions[i].at.end);
    }
}

/*
 * Loaders put the initrd into the middle of memory, where it would halve the largest
 * block: move it to the lowest place there is.
 */
static void
place_initrd(struct machine *m) {
    static const struct ranges nothing;
    struct ranges free;
    struct range *initrd = &m->initrd;
    uint64_t base, bytes = initrd->end - initrd->base;
    if (page_init_holds(m, *initrd) && memranges_usable(&m->memory, &nothing, &free)) {
        remove_regions(&free);
        if (memranges_find(&free, bytes, &base) && base < initrd->base) {
            memmove(KADDR(base), KADDR(initrd->base), bytes);
            *initrd = (struct range){base, base + bytes};
        }
    }
    add_region("initrd", 'I', *initrd);
}

/* Memory that is free and that the linear map reaches. */
static void
find_free(const struct ranges *memory, struct ranges *free) {
    static const struct ranges nothing;
    if (!memranges_usable(memory, &nothing, free) || free->n == 0) {
        panic("page_init: %zu ranges of memory, none usable or too many", memory->n);
    }
    nbase = free->r[0].base >> PGSHIFT;
    report.found = memranges_bytes(free);
    remove_regions(free);
    uint64_t reachable = memranges_bytes(free);
    remove_range(free, (uint64_t)LINEAR_GIGS << GIGAPAGE_SHIFT, UINT64_MAX);
    report.unreachable += reachable - memranges_bytes(free);
}

/* What the policy keeps beside pages[], in whole pages. */
static size_t
metadata_bytes(size_t frames) {
    return pmm_manager->metadata == NULL ? 0 : ROUNDUP(pmm_manager->metadata(frames), PGSIZE);
}

static size_t
descriptor_bytes(size_t frames) {
    return ROUNDUP(frames * sizeof(struct Page) + zone_words_bytes(frames), PGSIZE);
}

/*
 * Find room for the policy's metadata, pages[] and the zone's maps. They also
 * cover holes: where a far-off range makes them too large, it is given up.
 */
static uint64_t
place_descriptors(struct ranges *free) {
    while (free->n > 0) {
        npage = free->r[free->n - 1].end >> PGSHIFT;
        uint64_t base;
        uint64_t bytes = metadata_bytes(npage - nbase) + descriptor_bytes(npage - nbase);
        if (memranges_find(free, bytes, &base)) {
            add_region("page array", 'P', (struct range){base, base + bytes});
            remove_range(free, base, base + bytes);
            return base;
        }
        give_up(free, free->n - 1);
    }
    panic("page_init: %lu KiB of memory, no room for their descriptors",
          (unsigned long)(report.found >> 10));
}

/* Under PMM_LAZY descriptors are written when frames are granted. */
static void
reserve_all_frames(void) {
    if ((pmm_manager->caps & PMM_LAZY) != 0) {
        return;
    }
    for (struct Page *p = pages; p < pages + (npage - nbase); p++) {
        *p = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
}

void
page_init(struct machine *machine, struct range image) {
    struct ranges *free = &report.free;
    find_regions(machine, image);
    place_initrd(machine);
    find_free(&machine->memory, free);
    uint64_t at = place_descriptors(free);
    pmm_metadata = KADDR(at);
    pages = KADDR(at + metadata_bytes(npage - nbase));
    reserve_all_frames();
    zone_init((uint64_t *)(pages + (npage - nbase)));
    for (size_t i = 0; i < free->n; i++) {
        zone_add_memory(pa2page(free->r[i].base), (free->r[i].end - free->r[i].base) >> PGSHIFT);
    }
}
