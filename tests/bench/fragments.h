/*
 * fragments.h - how free memory is cut up, whatever blocks a policy keeps.
 *
 * Free frames that touch are one run: a buddy's two neighbours count as what
 * they are, memory in one piece.
 */
#ifndef BENCH_FRAGMENTS_H
#define BENCH_FRAGMENTS_H

#include "pmm.h"

#define FRAGMENT_ORDERS 11 /* 0 .. 10: requests of up to 4 MiB */

struct fragments {
    size_t free, runs;
    size_t largest;                  /* run, in pages */
    size_t huge;                     /* pages in free blocks of 2 MiB at multiples of that */
    size_t shorter[FRAGMENT_ORDERS]; /* [k]: pages in runs of less than 2^k */
};

/*
 * Of the n frames from pages[0] on; `bits` has room for one each. By for_each_free, else by
 * PG_property. False if that is not what nr_free_pages() says. O(n).
 */
bool fragments_of(const struct pmm_manager *m, uint64_t *bits, size_t n, struct fragments *f);

/*
 * Gorman's fragmentation index for requests of 2^k pages: near 0 they fail for
 * want of memory, near 1 because it is cut up; negative: one fits.
 * Source: Gorman and Whitcroft, "The what, the why and the where to of
 * anti-fragmentation", Ottawa Linux Symposium, 2006.
 */
double fragments_index(const struct fragments *f, unsigned k);

#endif
