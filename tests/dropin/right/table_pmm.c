/*
 * table_pmm.c - the free extents in a table, by page number.
 *
 * First fit, from the upper end of the extent. An extent has a page at least, so
 * the table never overflows: no more pages are taken over than it has rows.
 * alloc is O(extents), free too (rows are shifted).
 */
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, TWO_ROWS_ONLY, GIVES_THE_BLOCK_BEHIND };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

#define ROWS 65536

struct extent {
    unsigned int start, length; /* of pages[] */
};

static struct extent table[ROWS];
static size_t used, managed, nr_free;

static void
table_init(void) {
    used = managed = nr_free = 0;
}

/* The first row that starts above the page. */
static size_t
row_above(size_t page) {
    size_t low = 0, high = used;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].start > page) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static void
remove_row(size_t row) {
    memmove(&table[row], &table[row + 1], (used - row - 1) * sizeof(table[0]));
    used--;
}

static void
insert_row(size_t row, size_t start, size_t n) {
    if (MISTAKE == TWO_ROWS_ONLY && used == 2) {
        used--;
    }
    assert(used < ROWS);
    if (row <= used) {
        memmove(&table[row + 1], &table[row], (used - row) * sizeof(table[0]));
        table[row].start = start;
        table[row].length = n;
    }
    used++;
}

static void
give(size_t start, size_t n) {
    size_t row = row_above(start);
    int below = row > 0 && table[row - 1].start + table[row - 1].length == start;
    int above = row < used && table[row].start == start + n;
    if (below) {
        table[row - 1].length += n;
        if (above) {
            table[row - 1].length += table[row].length;
            remove_row(row);
        }
    } else if (above) {
        table[row].start = start;
        table[row].length += n;
    } else {
        insert_row(row, start, n);
    }
    nr_free += n;
}

static void
table_init_memmap(struct Page *base, size_t n) {
    if (n > ROWS - managed) {
        n = ROWS - managed;
    }
    if (n == 0) {
        return;
    }
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        ClearPageReserved(p);
        set_page_ref(p, 0);
    }
    managed += n;
    give(base - pages, n);
}

static struct Page *
table_alloc_pages(size_t n) {
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    for (size_t row = 0; row < used; row++) {
        if (table[row].length >= n) {
            size_t at = table[row].start + table[row].length - n;
            table[row].length -= n;
            if (table[row].length == 0) {
                remove_row(row);
            }
            nr_free -= n;
            return &pages[MISTAKE == GIVES_THE_BLOCK_BEHIND && n > 1 ? at + n : at];
        }
    }
    return NULL;
}

static void
table_free_pages(struct Page *base, size_t n) {
    assert(n > 0 && !PageReserved(base));
    give(base - pages, n);
}

static size_t
table_nr_free_pages(void) {
    return nr_free;
}

static void
table_check(void) {
    size_t before = nr_free_pages(), rows = used;
    struct Page *p[8];
    for (int i = 0; i < 8; i++) {
        assert((p[i] = alloc_pages(i + 1)) != NULL);
        memset(page2kva(p[i]), i, PGSIZE);
    }
    for (int i = 0; i < 8; i += 2) {
        free_pages(p[i], i + 1);
    }
    assert(used >= rows + 2);
    for (int i = 1; i < 8; i += 2) {
        assert(*(char *)page2kva(p[i]) == i && kva2page(page2kva(p[i])) == p[i]);
        free_pages(p[i], i + 1);
    }
    assert(used == rows && nr_free_pages() == before);
    if (before >= 20000) {
        assert((p[0] = alloc_pages(16384)) != NULL);
        free_pages(p[0] + 16000, 384);
        free_pages(p[0], 16000);
    }
    assert(nr_free == before && alloc_pages(before + 1) == NULL);
    cprintf("table check: %d rows, %d pages\n", used, nr_free);
}

const struct pmm_manager table_pmm_manager = {
    .name = "table",
    .init = table_init,
    .init_memmap = table_init_memmap,
    .alloc_pages = table_alloc_pages,
    .free_pages = table_free_pages,
    .nr_free_pages = table_nr_free_pages,
    .check = table_check,
};
