/*
 * bump.h - hand out the pages of a range one after the other, lowest first.
 *
 * For what an allocator needs before it can allocate. What has not been handed
 * out, [next, end), is whoever's the range was.
 */
#ifndef KERN_MM_BUMP_H
#define KERN_MM_BUMP_H

#include "defs.h"
#include "mmu.h"

struct bump {
    uintptr_t next, end; /* physical addresses, multiples of PGSIZE */
};

/* The next page, in *pa; false when there is none left. O(1). */
static bool
bump_take(struct bump *bump, uintptr_t *pa) {
    if (bump->next == bump->end) {
        return false;
    }
    *pa = bump->next;
    bump->next += PGSIZE;
    return true;
}

#endif
