/*
 * tree_pmm.c - buddies as a complete binary tree in an array.
 *
 * longest[i] is one more than the order of the largest free block below node i,
 * 0 when there is none. The leaves are the first pages of pages[]; what lies
 * behind them is not managed. O(log n), init_memmap O(n log n).
 */
#include "tree_pmm.h"
#include <pmm.h>
#include <stdio.h>
#include <string.h>

enum { NONE, TREE_REACHES_PAST_THE_POOL, TWO_HALF_FREE_CHILDREN_MAKE_A_WHOLE };
#ifndef MISTAKE
#define MISTAKE NONE
#endif

static unsigned char longest[2 * TREE_LEAVES];
static size_t total_free;

static void
tree_init(void) {
    total_free = 0;
    memset(longest, 0, sizeof(longest));
}

/* Make the node a free block of that order, and tell those above. */
static void
set_free(size_t node, int order) {
    longest[node] = (unsigned char)(order + 1);
    while ((node = PARENT_OF(node)) != 0) {
        unsigned char l = longest[LEFT_OF(node)], r = longest[RIGHT_OF(node)];
        order++;
        longest[node] = l > r ? l : r;
        if (l == r && l != 0 && (l == order || MISTAKE == TWO_HALF_FREE_CHILDREN_MAKE_A_WHOLE)) {
            longest[node] = (unsigned char)(l + 1);
        }
    }
}

static void
tree_init_memmap(struct Page *base, size_t n) {
    size_t first = base - pages, i, power = 1;
    assert(n > 0);
    if (first >= TREE_LEAVES) {
        return;
    }
    if (n > TREE_LEAVES - first) {
        n = TREE_LEAVES - first;
    }
    for (i = 0; i < n; i++) {
        assert(PageReserved(base + i));
        base[i].flags = 0;
        set_page_ref(base + i, 0);
    }
    while (power < n) {
        power *= 2;
    }
    if (MISTAKE == TREE_REACHES_PAST_THE_POOL && power <= TREE_LEAVES - first) {
        n = power;
    }
    for (i = 0; i < n; i++) {
        set_free(TREE_LEAVES + first + i, 0);
    }
    total_free += n;
}

static struct Page *
tree_alloc_pages(size_t n) {
    size_t node = 1, size = TREE_LEAVES, at;
    int order = 0;
    if (n == 0 || n > TREE_LEAVES) {
        return NULL;
    }
    while ((size_t)1 << order < n) {
        order++;
    }
    if (longest[1] < order + 1) {
        return NULL;
    }
    for (; size > (size_t)1 << order; size /= 2) {
        node = longest[LEFT_OF(node)] >= order + 1 ? LEFT_OF(node) : RIGHT_OF(node);
    }
    at = node * size - TREE_LEAVES;
    longest[node] = 0;
    while ((node = PARENT_OF(node)) != 0) {
        unsigned char l = longest[LEFT_OF(node)], r = longest[RIGHT_OF(node)];
        longest[node] = l > r ? l : r;
    }
    total_free -= size;
    set_page_ref(pages + at, 0);
    return pages + at;
}

static void
tree_free_pages(struct Page *base, size_t n) {
    size_t node = TREE_LEAVES + (size_t)(base - pages);
    int order = 0;
    assert(n > 0 && node < 2 * TREE_LEAVES);
    while (longest[node] != 0) { /* up to the node that was granted */
        node = PARENT_OF(node);
        assert(node != 0);
        order++;
    }
    assert(n <= (size_t)1 << order);
    total_free += (size_t)1 << order;
    set_free(node, order);
}

static size_t
tree_nr_free_pages(void) {
    return total_free;
}

static void
tree_check(void) {
    size_t before = nr_free_pages(), largest = (size_t)1 << (longest[1] - 1);
    struct Page *a, *b, *c;
    assert((a = alloc_pages(5)) != NULL && (b = alloc_page()) != NULL);
    assert(nr_free_pages() == before - 9 && a != b && page_ref(a) == 0);
    assert((a - pages) % 8 == 0 && page2pa(b) < npage * PGSIZE);
    free_page(b);
    free_pages(a, 5);
    assert((a = alloc_pages(largest)) != NULL && (a - pages) % largest == 0);
    assert(nr_free_pages() == before - largest);
    free_pages(a, largest);
    if (largest >= 16384) {
        assert((b = alloc_pages(largest / 4)) != NULL && (c = alloc_pages(largest / 4)) != NULL);
        free_pages(b, largest / 4);
        free_pages(c, largest / 4);
    }
    assert((a = alloc_pages(largest)) != NULL && nr_free_pages() == before - largest);
    free_pages(a, largest);
    assert(nr_free_pages() == before);
    cprintf("tree check: %d pages free, the largest block has %d\n", before, largest);
}

const struct pmm_manager buddy_pmm_manager = {
    .name = "tree",
    .init = tree_init,
    .init_memmap = tree_init_memmap,
    .alloc_pages = tree_alloc_pages,
    .free_pages = tree_free_pages,
    .nr_free_pages = tree_nr_free_pages,
    .check = tree_check,
};
