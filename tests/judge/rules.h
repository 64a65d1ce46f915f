/*
 * rules.h - where a policy of a known kind must place a grant.
 *
 * Derived from the model's map of who owns what, for a pool of one range; the
 * policy's own idea of its free blocks is not asked for.
 */
#ifndef JUDGE_RULES_H
#define JUDGE_RULES_H

#include "world.h"

/* RULE_NONE: no such rule. "any_buddy" is a variant of the buddy. */
enum rule rule_named(const char *name, struct variant *v);

/* Do the choices mean something to that rule? NULL: yes; else what does not. */
const char *rule_lacks(enum rule rule, const struct variant *v);
const char *rule_name(enum rule rule, const struct variant *v); /* of any but RULE_NONE */

/*
 * Is the answer to alloc_pages(n) what w->extras want, before the map changes?
 *   first fit: the low end of the lowest run of free pages that is long enough;
 *   best fit:  the low end of the shortest such run, the lowest of equals;
 *   worst fit: the low end of the longest run, the lowest of equals;
 *   next fit:  the low end of the lowest such run that reaches beyond the last
 *              page of the last grant, else of the lowest one;
 *   buddy:     the low end of a free block of the lowest order that has one;
 *              2^k pages, at a page number that is a multiple of 2^k.
 * A variant takes the highest of equals, the high end, or has a top size: a
 * buddy refuses what is larger, and merges no further; or splits any block. To first fit all blocks
 * that are long enough are equals. With a front cache only refusals are looked at.
 */
bool rule_right(const struct world *w, uint64_t n, const struct answer *a, struct why *why);

/* A buddy without a grant(): the answer's cost tells which pages were granted. */
void rule_size(const struct world *w, uint64_t n, struct answer *a);

/* Pages that a buddy grants for n: the next power of two. */
uint64_t rule_buddy_size(uint64_t n);

#endif
