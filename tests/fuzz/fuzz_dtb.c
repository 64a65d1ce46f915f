/*
 * fuzz_dtb.c - kern/driver/dtb*.c and kern/mm/memranges.c under libFuzzer.
 *
 * An input is a device tree; whatever it says, the reader stays inside it, and
 * the sets of memory that page_init makes of the answer keep their promises.
 * They are compared with a second way to decide, page by page, what is free.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dtb.h"
#include "memranges.h"
#include "mmu.h"

#define AT_BOOT_HART 28 /* a word of the header that the reader has no use for: our address */
#define IMAGE_BASE   0x80200000
#define IMAGE_END    0x80400000
#define LINEAR_END   ((uint64_t)255 << GIGAPAGE_SHIFT)
#define HOLES        (MACHINE_RANGES + 4) /* reserved, image, tree, initrd, beyond the map */
#define LAST_PAGE    (UINT64_MAX - PGSIZE + 1)

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- what the reader says ----------------------------------------------------------------- */

static void
check_text(const char *text, size_t room) {
    MUST(memchr(text, '\0', room) != NULL);
    for (; *text != '\0'; text++) {
        MUST(*text >= ' ' && *text <= '~');
    }
}

static void
check_found(const struct ranges *set) {
    MUST(set->n <= MACHINE_RANGES);
    for (size_t i = 0; i < set->n; i++) {
        MUST(set->r[i].base < set->r[i].end);
    }
}

static void
check_machine(const struct machine *m) {
    check_found(&m->memory);
    check_found(&m->reserved);
    MUST(m->initrd.base <= m->initrd.end);
    MUST(m->dtb.base <= m->dtb.end);
    check_text(m->model, sizeof(m->model));
    check_text(m->bootargs, sizeof(m->bootargs));
    for (size_t i = 0; i < MACHINE_WARNINGS; i++) {
        check_text(m->warnings[i], sizeof(m->warnings[i]));
        MUST((m->warnings[i][0] != '\0') == (i < m->nwarnings));
    }
}

/* ---- what page_init makes of it ------------------------------------------------------------ */

struct holes {
    size_t n;
    struct range r[HOLES];
};

static uint64_t
page_of(uint64_t address) {
    return address - address % PGSIZE;
}

/* Whether all of the page at `page` is memory, perhaps of several ranges. */
static bool
page_is_memory(const struct ranges *memory, uint64_t page) {
    uint64_t known = page; /* memory up to here */
    for (bool further = true; further && known - page < PGSIZE;) {
        further = false;
        for (size_t i = 0; i < memory->n; i++) {
            if (memory->r[i].base <= known && known < memory->r[i].end) {
                known = memory->r[i].end;
                further = true;
            }
        }
    }
    return known - page >= PGSIZE;
}

static bool
page_is_free(const struct ranges *memory, const struct holes *holes, uint64_t page) {
    for (size_t i = 0; i < holes->n; i++) {
        struct range hole = holes->r[i];
        if (hole.base < hole.end && hole.base <= page + (PGSIZE - 1) && hole.end > page) {
            return false;
        }
    }
    return page_is_memory(memory, page);
}

static bool
is_in(const struct ranges *set, uint64_t page) {
    for (size_t i = 0; i < set->n; i++) {
        if (set->r[i].base <= page && page < set->r[i].end) {
            return true;
        }
    }
    return false;
}

/* Pages at which something may begin or end; all pages between two of them are alike. */
struct marks {
    size_t n;
    uint64_t page[4 * (2 * MACHINE_RANGES + HOLES) + 1];
};

static void
mark(struct marks *marks, const struct range *r, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint64_t ends[] = {page_of(r[i].base), page_of(r[i].end)};
        for (size_t k = 0; k < 2; k++) {
            marks->page[marks->n++] = ends[k];
            marks->page[marks->n++] = ends[k] < LAST_PAGE ? ends[k] + PGSIZE : LAST_PAGE;
        }
    }
}

static int
by_address(const void *a, const void *b) {
    uint64_t left, right;
    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return left < right ? -1 : left > right;
}

/* Sorted, page aligned, not empty, disjoint, not touching. */
static void
check_canonical(const struct ranges *set) {
    MUST(set->n <= MACHINE_RANGES);
    for (size_t i = 0; i < set->n; i++) {
        MUST(set->r[i].base % PGSIZE == 0 && set->r[i].end % PGSIZE == 0);
        MUST(set->r[i].base < set->r[i].end);
        MUST(i == 0 || set->r[i - 1].end < set->r[i].base);
    }
}

/* `set` is memory less holes; not `complete`: its highest ranges may be missing. */
static void
check_set(const struct ranges *set, const struct ranges *memory, const struct holes *holes,
          bool complete) {
    static struct marks marks;
    uint64_t bytes = 0;
    check_canonical(set);
    marks.n = 0;
    mark(&marks, set->r, set->n);
    mark(&marks, memory->r, memory->n);
    mark(&marks, holes->r, holes->n);
    marks.page[marks.n++] = LAST_PAGE;
    qsort(marks.page, marks.n, sizeof(marks.page[0]), by_address);
    MUST(complete || set->n > 0);
    for (size_t i = 0; i + 1 < marks.n; i++) {
        uint64_t page = marks.page[i];
        if (page == marks.page[i + 1]) {
            continue;
        }
        bool found = is_in(set, page);
        bool left_out = !complete && page >= set->r[set->n - 1].end;
        MUST(found == (page_is_free(memory, holes, page) && !left_out));
        bytes += found ? marks.page[i + 1] - page : 0;
    }
    MUST(memranges_bytes(set) == bytes);
}

/* The lowest range that has room, whatever is asked for. */
static void
check_find(const struct ranges *set, uint64_t bytes) {
    uint64_t base = 1;
    bool found = memranges_find(set, bytes, &base);
    for (size_t i = 0; i < set->n; i++) {
        struct range r = set->r[i];
        if (r.end - r.base >= bytes) {
            MUST(found && base == r.base);
            return;
        }
    }
    MUST(!found && base == 1);
}

static void
lay_out(const struct machine *m) {
    static const struct ranges nothing;
    static const struct holes no_holes;
    static struct holes holes;
    struct ranges free_set, usable;

    MUST(memranges_usable(&m->memory, &nothing, &free_set));
    check_set(&free_set, &m->memory, &no_holes, true);
    holes.n = m->reserved.n;
    memcpy(holes.r, m->reserved.r, sizeof(m->reserved.r));
    bool complete = memranges_usable(&m->memory, &m->reserved, &usable);
    check_set(&usable, &m->memory, &holes, complete);

    holes.r[holes.n++] = (struct range){IMAGE_BASE, IMAGE_END};
    holes.r[holes.n++] = m->dtb;
    holes.r[holes.n++] = m->initrd;
    holes.r[holes.n++] = (struct range){LINEAR_END, UINT64_MAX};
    complete = true;
    for (size_t i = 0; i < holes.n && complete; i++) {
        complete = memranges_remove(&free_set, holes.r[i].base, holes.r[i].end);
    }
    check_canonical(&free_set);
    if (complete) {
        check_set(&free_set, &m->memory, &holes, true);
    }
    for (size_t i = 0; i < free_set.n; i++) {
        check_find(&free_set, free_set.r[i].end - free_set.r[i].base);
        check_find(&free_set, free_set.r[i].end - free_set.r[i].base + 1);
    }
    check_find(&free_set, UINT64_MAX);
}

/* ---- one input ------------------------------------------------------------------------------ */

/* The tree may lie anywhere; seeds have 0 there. */
static uint64_t
place_of(const uint8_t *data, size_t size) {
    uint32_t word = 0;
    if (size >= AT_BOOT_HART + sizeof(word)) {
        memcpy(&word, data + AT_BOOT_HART, sizeof(word));
    }
    return word == 0 ? 0x87e00000 : (uint64_t)word << 32 | word;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct machine m, again;
    uint64_t pa = place_of(data, size);
    uint8_t *tree = malloc(size > 0 ? size : 1);
    memcpy(tree, data, size);
    if (size >= 8) {
        (void)dtb_size(tree);
    }
    memset(&m, 0x5a, sizeof(m));
    memset(&again, 0xa5, sizeof(again));
    const char *why_again = dtb_read(tree, size, pa, &again);
    const char *why = dtb_read(tree, size, pa, &m);
    MUST(memcmp(tree, data, size) == 0);
    free(tree);

    MUST((why == NULL) == (why_again == NULL));
    MUST(memcmp(&m, &again, sizeof(m)) == 0);
    check_machine(&m);
    if (why != NULL) {
        check_text(why, 160);
        MUST(strncmp(why, "device tree: ", 13) == 0);
    } else {
        MUST(m.memory.n > 0 && m.dtb.base == pa && m.dtb.end - pa <= size);
        lay_out(&m);
    }
    return 0;
}
