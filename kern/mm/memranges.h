/*
 * memranges.h - arithmetic on sets of physical address ranges.
 *
 * All sets are `struct ranges`; a set that was made here is sorted, its ranges
 * are page aligned, not empty, disjoint, and do not touch. The topmost page of
 * the address space is in no set, for its end, 2^64, is no number of 64 bits.
 */
#ifndef KERN_MM_MEMRANGES_H
#define KERN_MM_MEMRANGES_H

#include "machine.h"

/*
 * The pages that lie in `memory` (its edges rounded inwards) and not in
 * `reserved` (rounded outwards). Overlaps, empty and reversed ranges are
 * allowed in both. False when `out` had no room for all: the highest ranges are left
 * out then. `out` may be one of the others. O(m^2 + r^2 + m r) of their numbers.
 */
bool memranges_usable(const struct ranges *memory, const struct ranges *reserved,
                      struct ranges *out);

/*
 * Take [base, end), rounded outwards to pages, out of the set; nothing when it
 * is empty. False: there was no room for a piece, and the highest range is left out.
 */
bool memranges_remove(struct ranges *set, uint64_t base, uint64_t end);

/* The lowest place for `bytes` in the set, page aligned; false: none, *base is unchanged. */
bool memranges_find(const struct ranges *set, uint64_t bytes, uint64_t *base);

/* Bytes in the set. */
uint64_t memranges_bytes(const struct ranges *set);

#endif
