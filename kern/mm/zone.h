/*
 * zone.h - what the facade knows about the memory it hands out.
 *
 * One zone today. Boot builds it, the monitor and the checks read it; callers
 * of alloc_pages and policies need none of this.
 */
#ifndef KERN_MM_ZONE_H
#define KERN_MM_ZONE_H

#include "page_map.h"
#include "pmm.h"
#include "poison.h"

/*
 * free + granted + overhead = managed. A file from outside does not say what it
 * grants beyond a request, nor what it keeps: `granted` is `requested` there, and
 * all the rest is `overhead`.
 */
struct zone_stat {
    size_t given;     /* pages given to the policy ... */
    size_t managed;   /* ... of which it took so many: all, unless it comes from outside */
    size_t free;      /* by the policy's count */
    size_t overhead;  /* pages the policy holds for itself */
    size_t requested; /* pages in live grants, as asked for */
    size_t granted;   /* the same as granted: more, where the policy rounds up */
    size_t peak;      /* the most `granted` ever was */
    uint64_t grants;  /* calls that were given pages */
    uint64_t refused; /* calls that were not, but for those of fail_page */
    uint64_t frees;
};

/* Bytes that zone_init wants for n frames: the map of grants, one for audits, the poison's. */
static inline size_t
zone_words_bytes(size_t n) {
    return 2 * page_map_bytes(n) + poison_bytes(n);
}

/* Start an empty zone over pages[]; `words` holds zone_words_bytes(npage - nbase).
 * O(npage / PAGE_CHUNK). */
void zone_init(uint64_t *words);

/* Give [base, base + n), which touches no range given before, to the policy. */
void zone_add_memory(struct Page *base, size_t n);

void zone_stat(struct zone_stat *stat);

/*
 * Do the descriptors of these n >= 1 frames hold anything, as M5 has it? The answer holds for the
 * first *alike of them. O(1), or O(n / PAGE_CHUNK) under PMM_LAZY.
 */
bool zone_described(const struct Page *page, size_t n, size_t *alike);

/* Were these n >= 1 frames given to the policy, as one range? O(ranges). */
bool zone_manages(const struct Page *base, size_t n);

/* How many of the n frames from `page` on are in no grant, up to the first that is. Costs as
 * page_map_run. */
size_t zone_idle_run(const struct Page *page, size_t n);

/* What the facade knows of a frame of pages[]. */
enum page_state zone_page_state(const struct Page *page);

/* Pages asked for in the grant that starts at `page`; 0 when none does. O(length / 8). */
size_t zone_grant_length(const struct Page *page);

/* A second map over pages[], all idle, for one use. O(npage / PAGE_CHUNK). */
struct page_map *zone_blank_map(void);

/*
 * Raw mode: alloc_pages and free_pages of this hart go straight to the policy, with
 * no map, no guards and no counts, for self-checks that empty the policy under the
 * facade. The zone's lock is held meanwhile.
 */
void zone_raw(bool on);

/* Run the policy's own check in raw mode, and compare its free count before and after. */
void zone_self_check(void);

/* Has it been run? */
bool zone_self_checked(void);

/*
 * Does the policy show its free blocks, by for_each_free or by marks that add up
 * (house rule H1)? Files from outside need not. O(1) with for_each_free, else O(npage).
 */
bool pmm_shows_free(void);

/*
 * Visit every free block; of a policy that does not show them, every run of
 * managed frames in no grant, which may be longer than any block. O(npage).
 */
void pmm_for_each_free(pmm_visit_t visit, void *arg);

/*
 * The first promise that the policy's present state breaks, as text that is
 * valid until the next call; or NULL. Free blocks are looked at one by one where
 * there is for_each_free, else pages are only counted. In a build that fills free
 * pages, one that was written to is a panic. O(npage).
 */
const char *pmm_audit(void) __warn_unused;

#define FREE_ORDERS 28 /* blocks of 2^27 pages, 512 GiB, and more count as the last */

/* Free memory by size. */
struct free_summary {
    size_t blocks, pages, largest;
    size_t order_blocks[FREE_ORDERS]; /* [k]: blocks of 2^k .. 2^(k+1) - 1 pages */
    size_t order_pages[FREE_ORDERS];  /* and the pages in them */
};

void pmm_free_summary(struct free_summary *summary);

#endif
