/* monitor_map.c - memory drawn as characters, one for a power of two of pages. */
#include "monitor.h"
#include "page_init.h"
#include "page_uses.h"
#include "stdio.h"
#include "string.h"
#include "zone.h"

#define COLUMNS 64
#define ROWS    16

enum {
    MARK_FREE = '.',
    MARK_GRANTED = '#',
    MARK_SLACK = '~',
    MARK_MIXED = '+',
    MARK_OWN = 'o',
    MARK_NONE = '-'
};

static char
region_mark(uint64_t pa) {
    const struct memory_report *r = page_init_report();
    for (size_t i = 0; i < r->nregions; i++) {
        if (pa >= r->regions[i].at.base && pa < r->regions[i].at.end) {
            return r->regions[i].mark;
        }
    }
    return MARK_NONE;
}

static const char use_marks[PAGE_USES] = {
    [USE_SLAB] = 'S',  [USE_PROGRAM] = 'U', [USE_SHARED] = 'C',
    [USE_TABLE] = 'T', [USE_STACK] = 'k',   [USE_FILE] = 'f',
};

#define MARKS 128 /* a mark is an index */

static struct {
    size_t cell;            /* pages a character */
    bool tells_own;         /* pages in no grant may be the policy's own, and are told from free */
    struct page_map *noted; /* pages in free blocks, and those of `uses` */
    uint32_t uses[COLUMNS * ROWS][PAGE_USES]; /* of a character, how many pages of each use */
    size_t totals[MARKS];
} map;

static void
note_free(struct Page *head, size_t n, void *arg) {
    (void)arg;
    page_map_set(map.noted, (size_t)(head - pages), n, PAGE_LIVE);
}

/* Each granted page once. */
static void
note_use(const struct Page *page, enum page_use use, void *arg) {
    (void)arg;
    size_t i = (size_t)(page - pages);
    if (zone_page_state(page) != PAGE_IDLE && page_map_get(map.noted, i) == PAGE_IDLE) {
        page_map_set(map.noted, i, 1, PAGE_LIVE);
        map.uses[i / map.cell][use]++;
    }
}

static bool
tells_own_pages(void) {
    bool has_none = pmm_manager->grant != NULL && pmm_manager->overhead == NULL;
    return !has_none && pmm_shows_free();
}

/* All that is granted is MARK_GRANTED here. */
static char
page_mark(const struct Page *page) {
    switch (zone_page_state(page)) {
    case PAGE_ALONE:
    case PAGE_START:
    case PAGE_LIVE:
        return MARK_GRANTED;
    case PAGE_SLACK:
        return MARK_SLACK;
    default:
        break;
    }
    if (!zone_manages(page, 1)) {
        return region_mark(page2pa(page));
    }
    bool in_block = page_map_get(map.noted, (size_t)(page - pages)) != PAGE_IDLE;
    return map.tells_own && !in_block ? MARK_OWN : MARK_FREE;
}

/*
 * The character for pages [first, end) of pages[]: '+' where free and granted
 * pages meet; else what most of them are, free ones not counted: a small owner shows.
 */
static char
cell_mark(size_t first, size_t end) {
    size_t count[MARKS] = {0};
    for (size_t i = first; i < end; i++) {
        count[(size_t)page_mark(&pages[i])]++;
    }
    bool mixed = count[MARK_FREE] != 0 && count[MARK_GRANTED] + count[MARK_SLACK] != 0;
    for (size_t use = 0; use < PAGE_USES; use++) {
        size_t n = map.uses[first / map.cell][use];
        count[MARK_GRANTED] -= n;
        count[(size_t)use_marks[use]] = n;
    }
    size_t most = 0;
    for (size_t mark = 0; mark < MARKS; mark++) {
        map.totals[mark] += count[mark];
        if (mark != MARK_FREE && mark != MARK_NONE && count[mark] > count[most]) {
            most = mark;
        }
    }
    return mixed                  ? MARK_MIXED
           : most != 0            ? (char)most
           : count[MARK_FREE] > 0 ? MARK_FREE
                                  : MARK_NONE;
}

static void
print_legend(const char *free_name) {
    static const struct {
        char mark;
        const char *name;
    } legend[] = {{MARK_GRANTED, "granted"},
                  {'S', "slabs"},
                  {'U', "programs"},
                  {'C', "in several"},
                  {'T', "page tables"},
                  {'k', "stacks"},
                  {'f', "files"},
                  {MARK_SLACK, "rounding"},
                  {MARK_OWN, "policy's own"},
                  {'K', "kernel image"},
                  {'P', "page array"},
                  {'F', "firmware"},
                  {'D', "device tree"},
                  {'I', "initrd"},
                  {MARK_NONE, "not memory"}};
    cprintf("  %c %-12s %8zu pages\n", MARK_FREE, free_name, map.totals[MARK_FREE]);
    for (size_t i = 0; i < ARRAY_SIZE(legend); i++) {
        if (map.totals[(size_t)legend[i].mark] != 0) {
            cprintf("  %c %-12s %8zu pages\n", legend[i].mark, legend[i].name,
                    map.totals[(size_t)legend[i].mark]);
        }
    }
    cprintf("  %c free and granted pages both\n", MARK_MIXED);
}

int
cmd_map(char **argv) {
    (void)argv;
    size_t all = npage - nbase;
    memset(&map, 0, sizeof(map));
    map.cell = 1;
    while (all > map.cell * COLUMNS * ROWS) {
        map.cell *= 2;
    }
    map.tells_own = tells_own_pages();
    map.noted = zone_blank_map();
    if (map.tells_own) {
        pmm_for_each_free(note_free, NULL);
    }
    page_uses_for_each(note_use, NULL);
    cprintf("%zu pages a character, from page %#zx on\n", map.cell, nbase);
    for (size_t row = 0; row < all; row += map.cell * COLUMNS) {
        cprintf("%10zx  ", nbase + row);
        for (size_t i = row; i < row + map.cell * COLUMNS && i < all; i += map.cell) {
            cputchar(cell_mark(i, i + map.cell < all ? i + map.cell : all));
        }
        cprintf("\n");
    }
    print_legend(pmm_shows_free() ? "free" : "not granted");
    return 0;
}
