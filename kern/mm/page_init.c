/* page_init.c - see page_init.h. Runs once, at boot. */
#include "page_init.h"
#include "memranges.h"
#include "zone.h"

static struct {
    const struct machine *machine;
    struct range image;
    struct memory_report report;
} boot;

void
page_init_machine(const struct machine *machine, struct range image) {
    boot.machine = machine;
    boot.image = image;
}

const struct memory_report *
page_init_report(void) {
    return &boot.report;
}

static void
add_region(const char *name, char mark, struct range at) {
    if (at.base < at.end && boot.report.nregions < ARRAY_SIZE(boot.report.regions)) {
        boot.report.regions[boot.report.nregions++] = (struct memory_region){name, mark, at};
    }
}

/* Regions that are in use before any page is handed out. */
static void
find_regions(void) {
    const struct machine *m = boot.machine;
    for (size_t i = 0; i < m->reserved.n; i++) {
        add_region("firmware", 'F', m->reserved.r[i]);
    }
    add_region("kernel image", 'K', boot.image);
    add_region("device tree", 'D', m->dtb);
    add_region("initrd", 'I', m->initrd);
}

/* Memory that is free and that the linear map reaches. */
static void
find_free(struct ranges *free) {
    struct ranges taken = {0};
    struct ranges memory;
    const struct memory_report *report = &boot.report;
    for (size_t i = 0; i < report->nregions && taken.n < MACHINE_RANGES; i++) {
        taken.r[taken.n++] = report->regions[i].at;
    }
    static const struct ranges nothing;
    if (!memranges_usable(&boot.machine->memory, &nothing, &memory) ||
        !memranges_usable(&memory, &taken, free)) {
        panic("page_init: more than %d separate ranges of memory", MACHINE_RANGES);
    }
    boot.report.found = memranges_bytes(&memory);
    uint64_t before = memranges_bytes(free);
    uint64_t limit = (uint64_t)LINEAR_GIGS << GIGAPAGE_SHIFT;
    if (!memranges_remove(free, limit, UINT64_MAX)) {
        panic("page_init: more than %d separate ranges of memory", MACHINE_RANGES);
    }
    boot.report.unreachable = before - memranges_bytes(free);
    nbase = memory.r[0].base >> PGSHIFT;
}

static size_t
descriptor_bytes(size_t frames) {
    return ROUNDUP(frames * sizeof(struct Page) + zone_words_bytes(frames), PGSIZE);
}

/*
 * Find room for pages[] and the zone's maps. Descriptors also cover holes: where
 * a far-off range makes them too many, it is given up.
 */
static uint64_t
place_descriptors(struct ranges *free) {
    while (free->n > 0) {
        npage = free->r[free->n - 1].end >> PGSHIFT;
        uint64_t base;
        uint64_t bytes = descriptor_bytes(npage - nbase);
        if (memranges_find(free, bytes, &base)) {
            add_region("page array", 'P', (struct range){base, base + bytes});
            memranges_remove(free, base, base + bytes);
            return base;
        }
        free->n--;
        boot.report.unreachable += free->r[free->n].end - free->r[free->n].base;
    }
    panic("page_init: %lu KiB of memory, no room for their descriptors",
          (unsigned long)(boot.report.found >> 10));
}

static void
reserve_all_frames(void) {
    for (struct Page *p = pages; p < pages + (npage - nbase); p++) {
        *p = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
}

void
page_init(void) {
    struct ranges *free = &boot.report.free;
    find_regions();
    find_free(free);
    uint64_t at = place_descriptors(free);
    pages = KADDR(at);
    reserve_all_frames();
    zone_init((uint64_t *)(pages + (npage - nbase)));
    for (size_t i = 0; i < free->n; i++) {
        zone_add_memory(pa2page(free->r[i].base), (free->r[i].end - free->r[i].base) >> PGSHIFT);
    }
}
