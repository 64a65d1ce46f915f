/*
 * check_pgdir.h - the course's checks of page tables, on boot_pgdir while its user half is empty.
 *
 * Each panics at the line that does not hold, and else prints
 * "check_...() succeeded!" and returns 0; where memory runs out on the way it
 * says so and returns -E_NO_MEM. All pages that it takes are given back, the
 * last one first, so that a policy's lists are as they were.
 */
#ifndef KERN_MM_CHECK_PGDIR_H
#define KERN_MM_CHECK_PGDIR_H

#include "kernel_map.h"
#include "zone.h"

/* By the facade's count: of what is free, a policy may keep some for itself, now more and now less.
 */
static inline size_t
pages_in_use(void) {
    struct zone_stat stat;
    zone_stat(&stat);
    return stat.requested;
}

static inline bool
user_half_is_empty(void) {
    for (size_t i = 0; i < PT_ENTRIES / 2; i++) {
        if (boot_pgdir[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Entries, references and tables under insert, replace and remove. */
int check_pgdir(void);

/*
 * The kernel's own map: every leaf is right, nothing writable is executable, text
 * and rodata are written through none, guards are not mapped; and this hart
 * translates by it.
 */
int check_boot_pgdir(void);

#endif
