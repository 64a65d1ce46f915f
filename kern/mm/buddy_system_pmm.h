/*
 * buddy_system_pmm.h - the buddy system's own terms: orders and compound pages.
 *
 * A grant of 2^k pages is a compound: its first frame is the head (PG_head),
 * which records the order; the others are tails. Tails are not written: writing
 * them would cost a store a page.
 */
#ifndef KERN_MM_BUDDY_SYSTEM_PMM_H
#define KERN_MM_BUDDY_SYSTEM_PMM_H

#include "pmm.h"

/* Orders 0 .. MAX_ORDER - 1, so that one call grants 2^(MAX_ORDER - 1) pages at most. */
#ifndef MAX_ORDER
#define MAX_ORDER 11
#endif

#define PG_head 2

PAGE_FLAG(Head, PG_head)

/* The head of the compound that `page` is part of; `page` itself when it is in none. O(MAX_ORDER).
 */
struct Page *compound_head(struct Page *page);

/* The order of the grant that starts at `page`: 0 for a single page. */
unsigned compound_order(const struct Page *page);

/* Is `page` in a compound, and not its head? */
bool PageTail(struct Page *page);

#endif
