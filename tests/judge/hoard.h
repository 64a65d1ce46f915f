/*
 * hoard.h - what no policy may call its own.
 *
 * The contract bounds neither what a request costs nor what a policy keeps for
 * itself, and lets it refuse what no free block of its own holds. Together these
 * would make one page the price of all memory, and every refusal right. The
 * lines drawn here are far beyond what a design needs: a request costs up to
 * four times its pages, a policy keeps as many pages as are granted, and in
 * memory that nobody ever had there is room.
 *
 * Each returns false when a promise was broken, see world.h.
 */
#ifndef JUDGE_HOARD_H
#define JUDGE_HOARD_H

#include "world.h"

/* After init_memmap. */
bool hoard_given(struct world *w);
/* After a request was granted, and after one was refused. O(pages) at most. */
bool hoard_granted(struct world *w, const struct grant *g);
bool hoard_refused(struct world *w, uint64_t n, const struct answer *a);

/* Before the first property: judge->grants_runs. */
void hoard_learn(struct judge *j);

#endif
