/*
 * fail.h - the failure of one allocation, asked for by its number: what stands on it must cope.
 *
 * A kind of allocation has one of these, and asks fail_strikes in each of its
 * calls. Numbers count from 1, from when it was armed.
 */
#ifndef KERN_MM_FAIL_H
#define KERN_MM_FAIL_H

#include "defs.h"
#include "spinlock.h"

struct fail {
    const char *name;       /* of the boot argument and the command */
    void (*watch)(bool on); /* NULL, or told when calls begin and cease to be counted */
    struct spinlock lock;   /* guards what follows */
    size_t nth;             /* as it was armed; 0: not at all */
    size_t left;            /* calls up to and with the one that fails; 0: none will */
};

/* The facade's alloc_pages, in pmm.c; kmem_cache_alloc and kmalloc, in slab.c. */
extern struct fail *const fail_page;
extern struct fail *const fail_slab;

/* The nth call from now on fails, and no other; 0: none. */
void fail_arm(struct fail *fail, size_t nth);

/* Has the call that it was armed for failed? */
bool fail_struck(const struct fail *fail);

/* fail_strikes below, of a call that may have to be counted. */
bool fail_count(struct fail *fail) __warn_unused;

/* Are calls counted? */
static inline bool
fail_counts(const struct fail *fail) {
    return fail->left != 0;
}

/* Is this call the one that fails? Two instructions while it is not armed. */
static inline bool __warn_unused
fail_strikes(struct fail *fail) {
    return fail_counts(fail) && fail_count(fail);
}

#endif
