/*
 * page_list_buddy_pmm.h - its build options, and what it knows of its own pages.
 */
#ifndef KERN_MM_PAGE_LIST_BUDDY_PMM_H
#define KERN_MM_PAGE_LIST_BUDDY_PMM_H

#include "pmm.h"

/* Orders are bit numbers of sizes in bytes: 12, a page, up to and without this one: 1 GiB at most.
 */
#ifndef PAGE_LIST_TOP
#define PAGE_LIST_TOP 31
#endif

struct page_list_usage {
    size_t total;      /* pages that it was given ... */
    size_t free;       /* ... are on a list, */
    size_t granted;    /* given out, rounding included, */
    size_t list_pages; /* or hold lists */
};

/* The four are counted apart, and the first is the sum of the others after every call. O(1). */
struct page_list_usage page_list_buddy_usage(void);

#endif
