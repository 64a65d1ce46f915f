/*
 * pmm.h - physical pages: what a policy provides, and what callers use.
 *
 * A policy is one file kern/mm/NAME_pmm.c plus one line in policies.def. It
 * includes this header, a shared policy header and libs, nothing else: the same
 * source runs in the kernel, on the host and in a browser.
 */
#ifndef KERN_MM_PMM_H
#define KERN_MM_PMM_H

#include "assert.h"
#include "defs.h"
#include "memlayout.h"
#include "mmu.h"

/*
 * The number of the contract below. It rises when a file that keeps the old one would have to be
 * changed: by another promise, by a member or a field of struct Page that means something else. It
 * stays when a member is appended that may be NULL.
 */
#define PMM_CONTRACT 1

/* Called with each free block: its first frame and its length in pages. */
typedef void (*pmm_visit_t)(struct Page *head, size_t n, void *arg);

/*
 * An allocation policy. Lengths are pages. The caller holds the zone's lock,
 * and everything mutable is one file-static struct that init() puts back into
 * its first state. What a policy promises (tests and panics cite the numbers):
 *
 *   P1  pages[i] describes page number nbase + i; npage is one past the last.
 *   P2  free blocks are disjoint, lie in memory given by init_memmap, and hold
 *       no reserved and no granted frame.
 *   P3  every granted frame has ref 0; under PMM_LAZY the facade sees to it.
 *   P4  free + granted + overhead = managed, always; nr_free_pages is the first.
 *   P5  alloc_pages(n) grants grant(n) >= n consecutive frames; or NULL, and
 *       then nothing has changed: for n = 0, for n above the top size, or
 *       because no free block holds grant(n).
 *   P6  when all is free again, overhead is what it was after init, and so is
 *       the largest block that can be had.
 *   P7  init_memmap takes ranges in any order, at any time, of any base and
 *       length >= 1, each frame once; no page is lost.
 *   P8  free_pages(base, n) gets one grant with the n that was asked for; a
 *       part of one only with PMM_SUBRANGE.
 *
 * House rules of ours, that files from outside need not keep:
 *
 *   H1  free blocks are listed by for_each_free; or PG_property marks the first
 *       frame of each, with its length in `property`. It marks no other frame.
 *   H2  the owner's fields of a granted frame are left alone (memlayout.h, M2).
 *   H3  a buddy's block of 2^k pages starts at a multiple of 2^k.
 */
struct pmm_manager {
    const char *name;
    void (*init)(void);
    void (*init_memmap)(struct Page *base, size_t n); /* frames arrive reserved (M4, M5) */
    struct Page *(*alloc_pages)(size_t n);
    void (*free_pages)(struct Page *base, size_t n);
    size_t (*nr_free_pages)(void);
    void (*check)(void); /* a quick self-check of its own, or NULL */

    /* So far ucore's. What follows may be NULL or 0, and is only appended to. */
    void (*basic_check)(void); /* the textbook check, told step by step */
    void (*dump_list)(void);   /* print the free lists */
    size_t (*grant)(size_t n); /* pages given for n; 0: refused. NULL: n */
    size_t (*overhead)(void);  /* pages the policy keeps for itself. NULL: 0 */
    void (*for_each_free)(pmm_visit_t visit, void *arg); /* NULL: by PG_property */
    uint64_t caps;
    size_t (*metadata)(size_t frames); /* bytes wanted at pmm_metadata for that many. NULL: 0 */
    const struct pmm_manager *under;   /* of a front cache, the policy below it; else NULL */
};

#define PMM_SUBRANGE 0x1 /* any part of a grant may be freed */
#define PMM_LAZY     0x2 /* neither reads nor writes a descriptor (M5); has for_each_free */

/* Frames: pages[0] is page number nbase, npage is one past the last number. */
extern struct Page *pages;
extern size_t npage;
extern size_t nbase;

/*
 * The bytes that the policy's metadata(npage - nbase) asked for, from the first
 * init_memmap on: its own, on a multiple of 64, with anything in them.
 */
extern void *pmm_metadata;

/* The policy in use. */
extern const struct pmm_manager *pmm_manager;

/* Every policy of the kernel, in the order of policies.def. */
#define PMM_POLICY(file, manager) extern const struct pmm_manager manager;
#include "policies.def"
#undef PMM_POLICY

extern const struct pmm_manager *const pmm_policies[];
extern const size_t pmm_npolicies;

/* A file from outside that was linked in (make PMM=path), or NULL. */
#define PMM_DROPIN "dropin"
extern const struct pmm_manager dropin_pmm_manager __attribute__((weak));

/* The policy of that name, or NULL; the file from outside is called PMM_DROPIN. */
const struct pmm_manager *pmm_find(const char *name);

/* The policy in use, without the front cache that may stand before it. */
static inline const struct pmm_manager *
pmm_policy(void) {
    return pmm_manager->under == NULL ? pmm_manager : pmm_manager->under;
}

/* Choose the policy (`name` NULL: the default); page_init then gives it all free memory. */
void pmm_init(const char *name);

/*
 * n consecutive frames with ref 0, or NULL; what is in them is undefined. The
 * caller owns them until free_pages with the same n. Callable anywhere, also in
 * an interrupt. Guards panic with page, caller and the promise that was broken.
 */
struct Page *alloc_pages(size_t n);
void free_pages(struct Page *base, size_t n);
size_t nr_free_pages(void);

#define alloc_page()    alloc_pages(1)
#define free_page(page) free_pages((page), 1)

static inline ppn_t
page2ppn(const struct Page *page) {
    return (ppn_t)(page - pages) + nbase;
}

static inline uintptr_t
page2pa(const struct Page *page) {
    return page2ppn(page) << PGSHIFT;
}

/* The descriptor of the frame that holds physical address `pa`. */
static inline struct Page *
pa2page(uintptr_t pa) {
    size_t ppn = pa >> PGSHIFT;
    if (ppn < nbase || ppn >= npage) {
        panic("pa2page: %#lx is outside physical memory %#lx..%#lx", (unsigned long)pa,
              (unsigned long)nbase << PGSHIFT, (unsigned long)npage << PGSHIFT);
    }
    return &pages[ppn - nbase];
}

#ifndef DROPIN_PAGE2KVA /* some old files bring their own */
static inline void *
page2kva(const struct Page *page) {
    return KADDR(page2pa(page));
}
#endif

static inline struct Page *
kva2page(const void *va) {
    return pa2page(PADDR(va));
}

static inline int
page_ref(const struct Page *page) {
    return page->ref;
}

static inline void
set_page_ref(struct Page *page, int ref) {
    page->ref = ref;
}

static inline int
page_ref_inc(struct Page *page) {
    return ++page->ref;
}

static inline int
page_ref_dec(struct Page *page) {
    return --page->ref;
}

#endif
