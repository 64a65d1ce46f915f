/*
 * page_init.h - from the machine's memory map to pages[] and a zone.
 */
#ifndef KERN_MM_PAGE_INIT_H
#define KERN_MM_PAGE_INIT_H

#include "machine.h"

/* What boot took for itself or found taken, by name. */
struct memory_region {
    const char *name;
    char mark; /* its letter on the map */
    struct range at;
};

struct memory_report {
    uint64_t found;       /* bytes of memory, by the device tree */
    uint64_t unreachable; /* of these, beyond the linear map or without room for descriptors */
    struct ranges free;   /* what the policy was given */
    size_t nregions;
    struct memory_region regions[MACHINE_RANGES + 8];
};

/*
 * Lay out pages[], and give every free page to the policy that pmm_init chose.
 * `image` is where the kernel was loaded; the initrd may be moved, and is then where
 * `machine` says. Panics when memory cannot hold its own descriptors.
 */
void page_init(struct machine *machine, struct range image);

/* Is it one piece of memory, not empty, that the kernel sees? */
bool page_init_holds(const struct machine *machine, struct range at);

/* What page_init did; valid after it. */
const struct memory_report *page_init_report(void);

#endif
