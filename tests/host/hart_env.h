/*
 * hart_env.h - what page tables stand on, for host tests: a memory of few frames, and a hart.
 *
 * The hart reads the tables by code of its own, and remembers every entry that it
 * has read until it is told to forget it. Behind host_env.h, and FRAMES; in one
 * file of a program. What is wrong is a panic.
 */
#ifndef TESTS_HOST_HART_ENV_H
#define TESTS_HOST_HART_ENV_H

#include "page_table.h"
#include "tlb.h"

#define NEVER UINT_MAX /* allocations that succeed: all */

static struct Page frames[FRAMES];
static _Alignas(PGSIZE) char contents[FRAMES][PGSIZE];
static bool granted[FRAMES];
static unsigned allocations_left; /* NEVER: any number */

struct Page *pages = frames;
size_t nbase = 0x80000, npage = 0x80000 + FRAMES;
uint64_t va_pa_offset;

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx is in no image", (unsigned long)va);
}

static size_t
count_granted(void) {
    size_t n = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        n += granted[i];
    }
    return n;
}

/* Allocations that will succeed. */
static size_t
available(void) {
    size_t free = FRAMES - count_granted();
    return allocations_left < free ? allocations_left : free;
}

struct Page *
alloc_pages(size_t n) {
    must(n == 1, "%zu pages for a table", n);
    for (size_t i = 0; i < FRAMES && allocations_left > 0; i++) {
        if (!granted[i]) {
            allocations_left -= allocations_left != NEVER;
            granted[i] = true;
            memset(contents[i], 0xc7, PGSIZE);
            return &frames[i];
        }
    }
    return NULL;
}

/* ---- the hart -------------------------------------------------------------------------------- */

#define MOST_PLACES 80

static const pte_t *hart_root;         /* the table that it translates by */
static uintptr_t hart_at[MOST_PLACES]; /* where it reads */
static size_t nhart_at;

/* What it may remember: of each place, its entry in each table; `known` until it is flushed. */
static struct {
    bool known[PT_LEVELS];
    pte_t entry[PT_LEVELS];
} tlb[MOST_PLACES];

/* Entries on the way to `la`, 0 behind the last, read as the manual says; the level of the last. */
static unsigned
translate(const pte_t *table, uintptr_t la, pte_t entry[PT_LEVELS]) {
    memset(entry, 0, PT_LEVELS * sizeof(*entry));
    for (unsigned level = 0;; level++) {
        pte_t e = table[la >> (30 - 9 * level) & 511];
        entry[level] = e;
        must(e >> 54 == 0, "%#lx: a reserved bit in %#lx", la, e);
        if ((e & 1) == 0) {
            must(e == 0, "%#lx: not valid, but %#lx", la, e);
            return level;
        }
        must((e & 6) != 4, "%#lx: %#lx may be written and not read", la, e);
        if ((e & 14) != 0) {
            must((e >> 10 & (((uint64_t)1 << (18 - 9 * level)) - 1)) == 0, "%#lx: misaligned", la);
            return level;
        }
        must(level < 2, "%#lx: a page that nobody may use, %#lx", la, e);
        must((e & 0xd0) == 0, "%#lx: U, A or D in %#lx, which leads to a table", la, e);
        table = (const pte_t *)((e >> 10 << 12) + va_pa_offset);
    }
}

/* What the hart has forgotten it reads again at once, as it may at any time. */
static void
read_again(void) {
    for (size_t i = 0; i < nhart_at; i++) {
        pte_t now[PT_LEVELS];
        translate(hart_root, hart_at[i], now);
        for (unsigned level = 0; level < PT_LEVELS; level++) {
            if (!tlb[i].known[level]) {
                tlb[i].known[level] = true;
                tlb[i].entry[level] = now[level];
            }
        }
    }
}

static size_t whole_flushes;

void
tlb_flush_all(void) {
    whole_flushes++;
    memset(tlb, 0, sizeof(tlb));
    read_again();
}

void
tlb_flush_page(uintptr_t va) {
    for (size_t i = 0; i < nhart_at; i++) {
        if (hart_at[i] >> PGSHIFT == va >> PGSHIFT) {
            tlb[i].known[PT_LEVELS - 1] = false;
        }
    }
    read_again();
}

/* Nothing that the hart remembers is wrong. */
static void
check_tlb(void) {
    for (size_t i = 0; i < nhart_at; i++) {
        pte_t now[PT_LEVELS];
        translate(hart_root, hart_at[i], now);
        for (unsigned level = 0; level < PT_LEVELS; level++) {
            must(!tlb[i].known[level] || tlb[i].entry[level] == now[level],
                 "%#lx: the hart still knows %#lx at level %u, where now %#lx is", hart_at[i],
                 tlb[i].entry[level], level, now[level]);
        }
    }
    read_again();
}

void
free_pages(struct Page *base, size_t n) {
    size_t i = (size_t)(base - frames);
    must(n == 1 && i < FRAMES && granted[i], "free of %zu pages at %zu", n, i);
    must(base->ref == 0, "free of page %zu, which has ref %d", i, base->ref);
    for (size_t p = 0; p < nhart_at; p++) {
        for (unsigned level = 0; level < PT_LEVELS; level++) {
            must(!tlb[p].known[level] || (tlb[p].entry[level] & 1) == 0 ||
                     tlb[p].entry[level] >> 10 != nbase + i,
                 "free of page %zu, by which the hart still translates %#lx", i, hart_at[p]);
        }
    }
    granted[i] = false;
}

/* All frames are free; the hart translates by `root` and reads nowhere yet. */
static void
start_hart(const pte_t *root) {
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    memset(frames, 0, sizeof(frames));
    memset(granted, 0, sizeof(granted));
    allocations_left = NEVER;
    hart_root = root;
    nhart_at = 0;
    tlb_flush_all();
}

#endif
