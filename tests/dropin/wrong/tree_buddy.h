/*
 * tree_buddy.h - a buddy system as a tree in an array, without a mistake.
 *
 * Node 1 is all of pages[], rounded up to a power of two; nodes 2i and 2i + 1
 * are the halves of node i. Each holds the length of the largest free block
 * below it. A file that says OWN_X before it includes this one brings the
 * function x itself.
 */
#include <pmm.h>
#include <string.h>

#define MAX_LEAVES 65536

static unsigned nodes[2 * MAX_LEAVES];
static unsigned *tree;
static size_t leaves, nr_free;

static void settle(size_t i, size_t size);
static void build(struct Page *base, size_t n);
static void init_memmap(struct Page *base, size_t n);
static size_t find(size_t want);
static struct Page *alloc(size_t n);
static void release(struct Page *base, size_t n);

static void
init(void) {
    leaves = nr_free = 0;
    tree = nodes;
}

static size_t
round_up(size_t n) {
    size_t size = 1;
    while (size < n) {
        size *= 2;
    }
    return size;
}

/* Node i, of `size` pages, has changed: so do the nodes above it. */
#ifndef OWN_SETTLE
static void
settle(size_t i, size_t size) {
    while (i > 1) {
        i /= 2;
        size *= 2;
        unsigned left = tree[2 * i], right = tree[2 * i + 1];
        tree[i] = left + right == size ? size : left > right ? left : right;
    }
}
#endif

/* An empty tree, when the first range comes. */
#ifndef OWN_BUILD
static void
build(struct Page *base, size_t n) {
    leaves = round_up(npage - nbase);
    assert(leaves <= MAX_LEAVES);
    memset(tree, 0, 2 * leaves * sizeof(tree[0]));
}
#endif

#ifndef OWN_INIT_MEMMAP
static void
init_memmap(struct Page *base, size_t n) {
    if (leaves == 0) {
        build(base, n);
    }
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        set_page_ref(p, 0);
        tree[leaves + (p - pages)] = 1;
        settle(leaves + (p - pages), 1);
    }
    nr_free += n;
}
#endif

/* The first node of `want` pages that is all free, or 0. */
#ifndef OWN_FIND
static size_t
find(size_t want) {
    size_t i = 1;
    if (want > leaves || tree[i] < want) {
        return 0;
    }
    for (size_t size = leaves; size > want; size /= 2) {
        i = 2 * i + (tree[2 * i] < want);
    }
    return i;
}
#endif

#ifndef OWN_ALLOC
static struct Page *
alloc(size_t n) {
    if (n == 0 || n > nr_free) {
        return NULL;
    }
    size_t want = round_up(n), i = find(want);
    if (i == 0) {
        return NULL;
    }
    tree[i] = 0;
    settle(i, want);
    nr_free -= want;
    return pages + (i * want - leaves);
}
#endif

#ifndef OWN_RELEASE
static void
release(struct Page *base, size_t n) {
    size_t size = round_up(n), i = (leaves + (base - pages)) / size;
    for (struct Page *p = base; p < base + n; p++) {
        set_page_ref(p, 0);
    }
    tree[i] = size;
    settle(i, size);
    nr_free += size;
}
#endif

static size_t
count(void) {
    return nr_free;
}

const struct pmm_manager buddy_pmm_manager = {
    .name = "buddy_pmm_manager",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
};
