/* monitor_map.c - memory drawn as characters, one for a power of two of pages. */
#include "monitor.h"
#include "page_init.h"
#include "stdio.h"
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

static void
note_free(struct Page *head, size_t n, void *arg) {
    page_map_set(arg, (size_t)(head - pages), n, PAGE_LIVE);
}

/* The free pages, where some in no grant are not free; NULL: none are, or it is not known. */
static const struct page_map *
map_of_free(void) {
    bool tells_all = pmm_manager->grant != NULL && pmm_manager->overhead == NULL;
    if (tells_all || !pmm_shows_free()) {
        return NULL;
    }
    struct page_map *free = zone_blank_map();
    pmm_for_each_free(note_free, free);
    return free;
}

static char
page_mark(const struct Page *page, const struct page_map *free) {
    switch (zone_page_state(page)) {
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
    bool own = free != NULL && page_map_get(free, (size_t)(page - pages)) == PAGE_IDLE;
    return own ? MARK_OWN : MARK_FREE;
}

/*
 * The character for pages [first, end) of pages[]: '+' where free and granted
 * pages meet; else what most of them are, free ones not counted: a small owner shows.
 */
static char
cell_mark(size_t first, size_t end, const struct page_map *free, size_t *totals) {
    size_t count[128] = {0};
    char most = '\0';
    for (size_t i = first; i < end; i++) {
        char mark = page_mark(&pages[i], free);
        count[(size_t)mark]++;
        totals[(size_t)mark]++;
        if (mark != MARK_FREE && mark != MARK_NONE && count[(size_t)mark] > count[(size_t)most]) {
            most = mark;
        }
    }
    if (count[MARK_FREE] != 0 && count[MARK_GRANTED] + count[MARK_SLACK] != 0) {
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
    } legend[] = {{MARK_GRANTED, "granted"}, {MARK_SLACK, "rounding"}, {MARK_OWN, "policy's own"},
                  {'K', "kernel image"},     {'P', "page array"},      {'F', "firmware"},
                  {'D', "device tree"},      {'I', "initrd"},          {MARK_NONE, "not memory"}};
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
    const struct page_map *free = map_of_free();
    size_t all = npage - nbase;
    size_t cell = 1; /* pages a character */
    while (all > cell * COLUMNS * ROWS) {
        cell *= 2;
    }
    cprintf("%zu pages a character, from page %#zx on\n", cell, nbase);
    for (size_t row = 0; row < all; row += cell * COLUMNS) {
        cprintf("%10zx  ", nbase + row);
        for (size_t i = row; i < row + cell * COLUMNS && i < all; i += cell) {
            cputchar(cell_mark(i, i + cell < all ? i + cell : all, free, totals));
        }
        cprintf("\n");
    }
    print_legend(totals, pmm_shows_free() ? "free" : "not granted");
    return 0;
}
