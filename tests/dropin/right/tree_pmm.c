/*
 * tree_pmm.c - buddies as a complete binary tree in an array.
 *
 * longest[i] is one more than the order of the largest free block below node i,
 * 0 when there is none. The tree stands over the largest power of two of the
 * first range, and nothing else is managed. O(log n).
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
static size_t leaves; /* 0: no tree yet */
static int height;
static struct Page *first_page;
static size_t total_free;

static void
tree_init(void) {
    leaves = total_free = 0;
    height = 0;
    first_page = NULL;
    memset(longest, 0, sizeof(longest));
}

static void
tree_init_memmap(struct Page *base, size_t n) {
    size_t power = 1, i;
    int k = 0;
    assert(n > 0);
    if (leaves != 0) {
        return; /* one tree, one range */
    }
    while (power * 2 <= n && power < TREE_LEAVES) {
        power *= 2;
        k++;
    }
    if (MISTAKE == TREE_REACHES_PAST_THE_POOL && power < n && power < TREE_LEAVES) {
        power *= 2;
        k++;
    }
    leaves = power;
    height = k;
    first_page = base;
    total_free = power;
    for (i = 0; i < power && i < n; i++) {
        assert(PageReserved(base + i));
        base[i].flags = 0;
        set_page_ref(base + i, 0);
    }
    for (i = 1; i < 2 * leaves; i++) {
        if ((i & (i - 1)) == 0 && i != 1) {
            k--; /* the first node of the next level down */
        }
        longest[i] = (unsigned char)(k + 1);
    }
}

static struct Page *
tree_alloc_pages(size_t n) {
    size_t node = 1, size = leaves;
    int order = 0, k = height;
    struct Page *page;
    if (n == 0 || n > leaves) {
        return NULL;
    }
    while (((size_t)1 << order) < n) {
        order++;
    }
    if (longest[1] < order + 1) {
        return NULL;
    }
    while (k > order) {
        node = longest[LEFT_OF(node)] >= order + 1 ? LEFT_OF(node) : RIGHT_OF(node);
        size /= 2;
        k--;
    }
    longest[node] = 0;
    page = first_page + (node * size - leaves);
    while ((node = PARENT_OF(node)) != 0) {
        unsigned char l = longest[LEFT_OF(node)], r = longest[RIGHT_OF(node)];
        longest[node] = l > r ? l : r;
    }
    total_free -= size;
    set_page_ref(page, 0);
    return page;
}

static void
tree_free_pages(struct Page *base, size_t n) {
    size_t node = leaves + (size_t)(base - first_page);
    int k = 0;
    assert(n > 0 && base >= first_page && base + n <= first_page + leaves);
    while (longest[node] != 0) { /* up to the node that was granted */
        node = PARENT_OF(node);
        assert(node != 0);
        k++;
    }
    assert(n <= (size_t)1 << k);
    longest[node] = (unsigned char)(k + 1);
    total_free += (size_t)1 << k;
    while ((node = PARENT_OF(node)) != 0) {
        unsigned char l = longest[LEFT_OF(node)], r = longest[RIGHT_OF(node)];
        k++;
        longest[node] = l > r ? l : r;
        if (l == r && l != 0 && (l == k || MISTAKE == TWO_HALF_FREE_CHILDREN_MAKE_A_WHOLE)) {
            longest[node] = (unsigned char)(l + 1);
        }
    }
}

static size_t
tree_nr_free_pages(void) {
    return total_free;
}

static void
tree_check(void) {
    size_t before = nr_free_pages();
    struct Page *a, *b, *c;
    assert(before == leaves);
    assert((a = alloc_pages(5)) != NULL && (b = alloc_page()) != NULL);
    assert(nr_free_pages() == before - 9);
    assert((c = alloc_pages(before / 2)) != NULL && c - a == (long)(before / 2));
    assert(alloc_pages(before / 2) == NULL);
    free_pages(c, before / 2);
    free_page(b);
    free_pages(a, 5);
    assert((a = alloc_pages(before)) == first_page);
    assert(alloc_page() == NULL && page_ref(a) == 0);
    free_pages(a, before);
    assert(nr_free_pages() == before);
    cprintf("tree check: %d leaves\n", leaves);
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
