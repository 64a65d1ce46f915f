/*
 * frame_stack.c - single pages, on a stack whose links are kept in the free frames themselves.
 *
 * Compiled with -DKEEPS_LINK it is wrong: a frame that has a link is not given a new one.
 */
#include "pmm.h"

#ifndef KEEPS_LINK
#define KEEPS_LINK 0
#endif

static struct {
    size_t top; /* index of a free frame + 1; 0: none */
    size_t nr_free;
} stack;

static void
init(void) {
    stack.top = stack.nr_free = 0;
}

static void
release(struct Page *base, size_t n) {
    for (struct Page *p = base + n; p-- > base;) {
        size_t *link = page2kva(p);
        if (!KEEPS_LINK || *link == 0) {
            *link = stack.top;
        }
        stack.top = (size_t)(p - pages) + 1;
        stack.nr_free++;
    }
}

static void
init_memmap(struct Page *base, size_t n) {
    for (struct Page *p = base; p < base + n; p++) {
        assert(PageReserved(p));
        p->flags = 0;
        *(size_t *)page2kva(p) = 0;
    }
    release(base, n);
}

static struct Page *
alloc(size_t n) {
    if (n != 1 || stack.top == 0) {
        return NULL;
    }
    struct Page *p = &pages[stack.top - 1];
    stack.top = *(size_t *)page2kva(p);
    stack.nr_free--;
    return p;
}

static size_t
count(void) {
    return stack.nr_free;
}

static size_t
grant(size_t n) {
    return n == 1;
}

static void
for_each_free(pmm_visit_t visit, void *arg) {
    for (size_t i = stack.top; i != 0; i = *(size_t *)page2kva(&pages[i - 1])) {
        visit(&pages[i - 1], 1, arg);
    }
}

const struct pmm_manager frame_stack_pmm_manager = {
    .name = "frame_stack",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
    .grant = grant,
    .for_each_free = for_each_free,
};
