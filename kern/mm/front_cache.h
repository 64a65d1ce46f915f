/*
 * front_cache.h - single pages that were freed, kept at hand in front of any policy.
 *
 * A request for one page takes the page that was freed last, and the policy
 * below is not asked; the policy's worst case, to split and to merge for each,
 * goes away with it. It hides what a policy does, so it is off unless asked for.
 * P1 to P8 hold of the whole as they hold of the policy:
 *
 *   F1  a page in the cache is granted for the policy below, and free for the
 *       caller: nr_free_pages counts it, for_each_free shows it as a block of one.
 *   F2  nothing is refused while pages are cached that could help: all go back,
 *       and the policy is asked once more. A refusal may so have made free pages
 *       into overhead, or the reverse; their sum is what it was.
 *   F3  when nothing is granted, nothing is cached (P6).
 *   F4  a page counts as one: a policy that is seen to give or to take back more
 *       than that for one page has no cache from then on.
 *   F5  what the policy asks of itself, in its checks too, passes the cache by.
 */
#ifndef KERN_MM_FRONT_CACHE_H
#define KERN_MM_FRONT_CACHE_H

#include "pmm.h"

#ifndef FRONT_CACHE_PAGES /* searches of all states want few */
#define FRONT_CACHE_PAGES 128
#endif

/*
 * A manager that is `under` with a cache before it; there is one, which the next
 * call takes over. Call it before `under` has memory. alloc_pages(1) and
 * free_pages(page, 1) are O(1) while the cache is neither empty nor full; a full
 * one gives half of its pages back at once.
 */
const struct pmm_manager *front_cache_over(const struct pmm_manager *under);

/* All is counted from front_cache_over() or init() on. */
struct front_cache_stat {
    size_t pages;    /* in it now */
    uint64_t hits;   /* pages granted out of it */
    uint64_t drains; /* times that all went back, because the policy had refused */
};

void front_cache_stat(struct front_cache_stat *stat);

#endif
