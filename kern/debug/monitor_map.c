/* monitor_map.c - memory drawn as characters, one for a power of two of pages. */
#include "monitor.h"
#include "page_init.h"
#include "slab.h"
#include "stdio.h"
#include "zone.h"

#define COLUMNS 64
#define ROWS    16

enum {
    MARK_FREE = '.',
    MARK_GRANTED = '#',
    MARK_SLAB = 'S',
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

/* What is known of a page beyond the facade's own map, as states of a second one. */
#define NOTED_FREE PAGE_LIVE
#define NOTED_SLAB PAGE_START

static void
note_free(struct Page *head, size_t n, void *notes) {
    page_map_set(notes, (size_t)(head - pages), n, NOTED_FREE);
}

static void
note_slab(const struct Page *page, void *notes) {
    page_map_set(notes, (size_t)(page - pages), 1, NOTED_SLAB);
}

/* May pages in no grant be the policy's own, and does it tell them from free ones? */
static bool
tells_own_pages(void) {
    bool has_none = pmm_manager->grant != NULL && pmm_manager->overhead == NULL;
    return !has_none && pmm_shows_free();
}

static char
page_mark(const struct Page *page, const struct page_map *notes, bool tells_own) {
    enum page_state noted = page_map_get(notes, (size_t)(page - pages));
    switch (zone_page_state(page)) {
    case PAGE_START:
    case PAGE_LIVE:
        return noted == NOTED_SLAB ? MARK_SLAB : MARK_GRANTED;
    case PAGE_SLACK:
        return MARK_SLACK;
    default:
        break;
    }
    if (!zone_manages(page, 1)) {
        return region_mark(page2pa(page));
    }
    return tells_own && noted == PAGE_IDLE ? MARK_OWN : MARK_FREE;
}

/*
 * The character for pages [first, end) of pages[]: '+' where free and granted
 * pages meet; else what most of them are, free ones not counted: a small owner shows.
 */
static char
cell_mark(size_t first, size_t end, const struct page_map *notes, bool tells_own, size_t *totals) {
    size_t count[128] = {0};
    char most = '\0';
    for (size_t i = first; i < end; i++) {
        char mark = page_mark(&pages[i], notes, tells_own);
        count[(size_t)mark]++;
        totals[(size_t)mark]++;
        if (mark != MARK_FREE && mark != MARK_NONE && count[(size_t)mark] > count[(size_t)most]) {
            most = mark;
        }
    }
    if (count[MARK_FREE] != 0 && count[MARK_GRANTED] + count[MARK_SLAB] + count[MARK_SLACK] != 0) {
        return MARK_MIXED;
    }
    if (most != '\0') {
        return most;
    }
    return count[MARK_FREE] != 0 ? MARK_FREE : MARK_NONE;
}

static void
print_legend(const size_t *totals, const char *free_name) {
    static const struct {
        char mark;
        const char *name;
    } legend[] = {{MARK_GRANTED, "granted"},  {MARK_SLAB, "slabs"},  {MARK_SLACK, "rounding"},
                  {MARK_OWN, "policy's own"}, {'K', "kernel image"}, {'P', "page array"},
                  {'F', "firmware"},          {'D', "device tree"},  {'I', "initrd"},
                  {MARK_NONE, "not memory"}};
    cprintf("  %c %-12s %8zu pages\n", MARK_FREE, free_name, totals[MARK_FREE]);
    for (size_t i = 0; i < ARRAY_SIZE(legend); i++) {
        if (totals[(size_t)legend[i].mark] != 0) {
            cprintf("  %c %-12s %8zu pages\n", legend[i].mark, legend[i].name,
                    totals[(size_t)legend[i].mark]);
        }
    }
    cprintf("  %c free and granted pages both\n", MARK_MIXED);
}

int
cmd_map(char **argv) {
    (void)argv;
    size_t totals[128] = {0};
    struct page_map *notes = zone_blank_map();
    bool tells_own = tells_own_pages();
    if (tells_own) {
        pmm_for_each_free(note_free, notes);
    }
    kmem_for_each_page(note_slab, notes);
    size_t all = npage - nbase;
    size_t cell = 1; /* pages a character */
    while (all > cell * COLUMNS * ROWS) {
        cell *= 2;
    }
    cprintf("%zu pages a character, from page %#zx on\n", cell, nbase);
    for (size_t row = 0; row < all; row += cell * COLUMNS) {
        cprintf("%10zx  ", nbase + row);
        for (size_t i = row; i < row + cell * COLUMNS && i < all; i += cell) {
            cputchar(cell_mark(i, i + cell < all ? i + cell : all, notes, tells_own, totals));
        }
        cprintf("\n");
    }
    print_legend(totals, pmm_shows_free() ? "free" : "not granted");
    return 0;
}
