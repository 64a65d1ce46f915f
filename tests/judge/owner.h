/*
 * owner.h - the judge as the owner of granted frames, and of all that was never
 * handed over: it writes what is the owner's, descriptors and contents, and looks
 * whether it stays.
 */
#ifndef JUDGE_OWNER_H
#define JUDGE_OWNER_H

#include "world.h"

#define SLACK_BYTE 0xa5 /* fills the file below the first descriptor */

/* Before a child's first init(): in memory there is anything, not zeros. */
void owner_of_memory_was_here(struct world *w);

/* Under PMM_LAZY, what stands in the descriptor of a frame that is in no grant. */
struct Page owner_nobodys(uint32_t page);

/*
 * A grant has just been given: set ref, the first and the last word of each page,
 * and with extras.junk page_link and flag bits 16..63.
 */
bool owner_takes(struct world *w, uint32_t id);

/* The words alone, into all pages that the grant still has. */
void owner_writes(struct world *w, uint32_t id);

/* Pages [off, off + n) of it go back: check them, then clear ref and those bits, and leave
 * words behind that depend on the page alone. */
bool owner_leaves(struct world *w, uint32_t id, uint32_t off, uint32_t n);

/* Check all live grants: P3, M2, H2; under PMM_LAZY all other descriptors, too. */
bool owner_looks(struct world *w);

/* Check the frames that no policy was given (M4), and the memory before pages[]. */
bool owner_of_nothing_looks(struct world *w);

#endif
