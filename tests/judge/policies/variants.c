/*
 * variants.c - a small first fit that is right, and one mistake for each name.
 *
 * Compiled with -DMISTAKE=NAME; without it there is none. Blocks are on one list
 * in the order of their addresses, PG_property marks the first frame of each.
 */
#include "list.h"
#include "pmm.h"

enum mistake {
    NONE,
    /* wrong */
    ALWAYS_NULL,
    GIVES_TWICE,
    COUNTS_ONE,
    LOSES_PAGE,
    HANGS_IN_FREE,
    CRASHES_ON_TOO_MANY,
    KEEPS_REF,
    CHANGES_ON_NULL,
    WRITES_REF,
    NEVER_JOINS,
    JOINS_UPWARDS_ONLY,
    KEEPS_STATE_AT_INIT,
    CUTS_N_TO_32_BITS,
    REFUSES_EXACT_FIT,
    TAKES_HIGH_END,
    TAKES_LAST_FIT,
    OVERSTATES,
    GIVES_FOREIGN,
    SPLITS_SHORT,
    PANICS_ON_EMPTY,
    STRAYS,
    EXITS,
    COUNTS_TO_40,
    CLEARS_NEIGHBOUR,
    CHECK_LEAKS,
    CHECK_PANICS,
    FORGETS_PARTS,
    WRITES_FIRST_WORD,
    WRITES_LAST_WORD,
    WANTS_ZEROS,
    /* right */
    FREES_PARTS,
    CHECKS_ITSELF,
    /* right, with a limitation */
    TOP_SIZE_1,
    ASSERTS_ON_ZERO,
    MARKS_RESERVED,
    WRITES_LINKS,
    ONE_RANGE_ONLY,
    LARGEST_POWER_ONLY,
    NO_PG_PROPERTY,
    STALE_PG_PROPERTY,
    LAST_RANGE_ONLY,
    KEEPS_ONE_BACK,
    OWN_FLAGS,
    OWNERS_FLAGS,
    REFUSES_PARTS,
};

#ifndef MISTAKE
#define MISTAKE NONE
#endif

static const enum mistake mistake = MISTAKE;

static struct {
    list_entry_t blocks;
    size_t nr_free;
    size_t calls;
    bool has_range;
} state;

static void
init(void) {
    if (mistake != KEEPS_STATE_AT_INIT || state.blocks.next == NULL) {
        state.nr_free = 0;
    }
    state.calls = 0;
    state.has_range = false;
    list_init(&state.blocks);
}

static void
mark(struct Page *p, size_t n) {
    p->property = (unsigned)n;
    if (mistake != NO_PG_PROPERTY) {
        SetPageProperty(p);
    }
}

static void
unmark(struct Page *p) {
    if (mistake != STALE_PG_PROPERTY) {
        ClearPageProperty(p);
    }
}

/* Put a block where its address belongs, and join it with its neighbours. */
static void
insert(struct Page *base, size_t n) {
    list_entry_t *at = state.blocks.next;
    while (at != &state.blocks && le2page(at, page_link) < base) {
        at = at->next;
    }
    mark(base, n);
    list_add_before(at, &base->page_link);
    state.nr_free += n;
    struct Page *next = le2page(at, page_link);
    if (at != &state.blocks && base + base->property == next && mistake != NEVER_JOINS) {
        base->property += next->property;
        unmark(next);
        list_del(&next->page_link);
    }
    list_entry_t *below = base->page_link.prev;
    struct Page *prev = le2page(below, page_link);
    if (below != &state.blocks && prev + prev->property == base && mistake != NEVER_JOINS &&
        mistake != JOINS_UPWARDS_ONLY) {
        prev->property += base->property;
        unmark(base);
        list_del(&base->page_link);
    }
}

static void
init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
    }
    if (mistake == ONE_RANGE_ONLY && state.has_range) {
        return;
    }
    if (mistake == LAST_RANGE_ONLY) {
        init();
    }
    if (mistake == KEEPS_ONE_BACK && n > 1) {
        n--;
    }
    if (mistake == WANTS_ZEROS) {
        assert(*(uint64_t *)page2kva(base) == 0);
    }
    if (mistake == LARGEST_POWER_ONLY) {
        size_t power = 1;
        while (2 * power <= n) {
            power *= 2;
        }
        n = power;
    }
    state.has_range = true;
    insert(base, n);
    state.nr_free += mistake == OVERSTATES;
}

static struct Page *
find(size_t n) {
    struct Page *found = NULL;
    list_for_each (le, &state.blocks) {
        struct Page *p = le2page(le, page_link);
        if (p->property > n || (p->property == n && mistake != REFUSES_EXACT_FIT)) {
            found = p;
            if (mistake != TAKES_LAST_FIT) {
                break;
            }
        }
    }
    return found;
}

static struct Page *
refuse(size_t n) {
    if (mistake == CHANGES_ON_NULL && n > state.nr_free && state.nr_free > 0) {
        state.nr_free--;
    }
    if (mistake == CRASHES_ON_TOO_MANY && n > state.nr_free) {
        ((volatile struct Page *)8)->ref = 1;
    }
    if (mistake == PANICS_ON_EMPTY && state.nr_free == 0) {
        panic("no memory for %lu pages", (unsigned long)n);
    }
    return NULL;
}

/* What is done to a grant before it is handed out. */
static void
prepare(struct Page *p, size_t n) {
    p->ref = mistake == KEEPS_REF && n == 2 ? 1 : 0;
    if (mistake == WRITES_REF && n > 1 && p > pages) {
        p[-1].ref = 0;
    }
    if (mistake == CLEARS_NEIGHBOUR && p + n < pages + (npage - nbase)) {
        p[n].flags &= ~(uint64_t)(1 << PG_reserved);
    }
    if (mistake == WRITES_LINKS) {
        for (struct Page *q = pages; q < p; q++) {
            if (q->property == 0 && !PageProperty(q)) {
                q->page_link.prev = NULL;
            }
        }
    }
    if (mistake == MARKS_RESERVED) {
        SetPageReserved(p);
    }
    if (mistake == OWN_FLAGS || mistake == OWNERS_FLAGS) {
        p->flags |= mistake == OWN_FLAGS ? 0x20 : 0x200000;
    }
    if (mistake == WRITES_FIRST_WORD && n > 2 && p > pages) {
        *(uint64_t *)page2kva(p - 1) = n;
    }
    if (mistake == WRITES_LAST_WORD && n > 2 && p > pages) {
        ((uint64_t *)page2kva(p))[-1] = n;
    }
}

static struct Page *
take(struct Page *p, size_t n) {
    list_entry_t *next = p->page_link.next;
    size_t left = p->property - n;
    if (mistake == GIVES_TWICE && left == 0 && state.calls > 6) {
        state.nr_free -= n;
        return p;
    }
    list_del(&p->page_link);
    unmark(p);
    p->property = 0;
    if (left > 0 && mistake == TAKES_HIGH_END) {
        mark(p, left);
        list_add_before(next, &p->page_link);
        p += left;
    } else if (left > 0) {
        mark(p + n, mistake == SPLITS_SHORT && left > 4 ? left - 1 : left);
        list_add_before(next, &p[n].page_link);
    }
    state.nr_free -= mistake == COUNTS_ONE ? 1 : n;
    p->property = mistake == REFUSES_PARTS ? (unsigned)n : p->property;
    return p;
}

static struct Page *
alloc(size_t n) {
    if (mistake == ASSERTS_ON_ZERO) {
        assert(n > 0);
    }
    if (mistake == CUTS_N_TO_32_BITS) {
        n = (unsigned)n;
    }
    state.calls++;
    if (n == 0 || n > state.nr_free || mistake == ALWAYS_NULL || (mistake == TOP_SIZE_1 && n > 1)) {
        return refuse(n);
    }
    struct Page *p = find(n);
    if (p == NULL || (mistake == COUNTS_TO_40 && state.calls > 40)) {
        return refuse(n);
    }
    p = take(p, n);
    prepare(p, n);
    if (mistake == STRAYS && state.calls == 9) {
        return (struct Page *)((char *)p + 8);
    }
    return mistake == GIVES_FOREIGN && state.nr_free == 0 && p > pages ? p - 1 : p;
}

static void
release(struct Page *base, size_t n) {
    assert(mistake != REFUSES_PARTS || base->property == n);
    for (struct Page *p = base; p < base + n; p++) {
        p->flags = 0;
    }
    if (mistake == HANGS_IN_FREE && n == 3) {
        for (volatile bool forever = true; forever;) {
        }
    }
    if (mistake == EXITS && n == 5) {
        __builtin_trap();
    }
    if (mistake == FORGETS_PARTS && base > pages && base[-1].property == 0 && n > 1 &&
        !PageProperty(base - 1) && base[-1].ref != 0) {
        n--; /* a part in the middle of a grant */
    }
    insert(base, mistake == LOSES_PAGE && n > 2 ? n - 1 : n);
}

static size_t
count(void) {
    return state.nr_free;
}

static void
check(void) {
    size_t before = nr_free_pages();
    struct Page *p = alloc_pages(2);
    assert(p != NULL && mistake != CHECK_PANICS);
    free_pages(p, 2);
    if (mistake == CHECK_LEAKS) {
        alloc_page();
    } else {
        assert(nr_free_pages() == before);
    }
}

static size_t
grant(size_t n) {
    return n == 1;
}

const struct pmm_manager variants_pmm_manager = {
    .name = "variants",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
    .check = MISTAKE >= CHECK_LEAKS && MISTAKE <= CHECKS_ITSELF ? check : NULL,
    .grant = MISTAKE == TOP_SIZE_1 ? grant : NULL,
    .caps = MISTAKE == FORGETS_PARTS || MISTAKE == FREES_PARTS ? PMM_SUBRANGE : 0,
};
