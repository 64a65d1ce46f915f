/* pmm.h - left over from another tree; the project's own header must win. */
#ifndef OLD_PMM_H
#define OLD_PMM_H

#include "memlayout.h"

struct pmm_manager {
    const char *name;
    struct Page *(*alloc_pages)(unsigned int n);
    void (*free_pages)(struct Page *base, unsigned int n);
};

#error "the stale pmm.h beside the file was taken"

#endif
