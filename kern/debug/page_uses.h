/* page_uses.h - what granted pages are used for, as far as their users tell. */
#ifndef KERN_DEBUG_PAGE_USES_H
#define KERN_DEBUG_PAGE_USES_H

#include "pmm.h"

enum page_use {
    USE_SLAB,
    USE_PROGRAM, /* mapped in one address space, once */
    USE_SHARED,  /* mapped more often */
    USE_TABLE,   /* of pages, roots included */
    USE_STACK,   /* of a process in the kernel */
    USE_FILE,    /* of a file in /tmp, unlinked ones that are open included, or of a text in /dev */
    PAGE_USES
};

typedef void (*use_visit_t)(const struct Page *page, enum page_use use, void *arg);

/*
 * Every such page, one that is shared as often as it is found; while nobody changes
 * anything. O(entries of all page tables + slabs + pages of files).
 */
void page_uses_for_each(use_visit_t visit, void *arg);

#endif
