/*
 * memlayout.h - the address space, and the descriptor of a page frame.
 *
 *   0xffffffffe0000000  KSTACK_AREA  the kernel stacks of processes
 *   0xffffffffc0200000  IMAGE_BASE   the kernel image, wherever it was loaded
 *   0xffffffffc0000000               end of the linear map
 *   0xffffffc000000000  LINEAR_BASE  all physical memory from address 0 on,
 *                                    devices included: virtual = physical + LINEAR_BASE
 *   0x0000000000000000               user programs: vmm.h
 *
 * The linear map holds 255 GiB, a root table of Sv39 less one entry for the image.
 */
#ifndef KERN_MM_MEMLAYOUT_H
#define KERN_MM_MEMLAYOUT_H

#define LINEAR_BASE 0xffffffc000000000
#define LINEAR_GIGS 255
#define IMAGE_BASE  0xffffffffc0200000
#define KSTACK_AREA 0xffffffffe0000000

/* Of the kernel stacks: bytes, whole pages. The guard is the first page of a slot. */
#define KSTACK_SIZE (4 * 4096)
#define KSTACK_SLOT (KSTACK_SIZE + 4096)
#define KSTACKS     4096 /* at most */

#ifndef __ASSEMBLER__

#include "defs.h"
#include "list.h"
#include "mmu.h"

extern uint64_t va_pa_offset; /* of the linear map: virtual less physical address */

/* Where the kernel sees a physical address, and back; PADDR takes image addresses too. */
static inline void *
KADDR(uintptr_t pa) {
    return (void *)(uintptr_t)(pa + va_pa_offset);
}

uintptr_t image_to_pa(uintptr_t va);

#define PADDR(va)                                                                                  \
    ((uintptr_t)(va) >= IMAGE_BASE ? image_to_pa((uintptr_t)(va)) : (uintptr_t)(va)-va_pa_offset)

/*
 * One per frame, in pages[]. Who may write what:
 *   M1  while a frame is free, all of it belongs to the policy;
 *   M2  while it is allocated, what is in it, `ref`, page_link and flag bits
 *       16..63 belong to the owner, who gives it back with ref 0 and those bits
 *       clear;
 *   M3  `property` and flag bits 2..15 always belong to the policy;
 *   M4  PG_reserved is set on every frame that no policy has been given;
 *   M5  under a policy with PMM_LAZY a descriptor holds anything at all until a
 *       frame near it is first granted: from then on it is the owner's, or
 *       nobody's with ref 0. M1 and M4 say nothing there, and M3's bits are 0.
 */
struct Page {
    int ref;               /* how many use this frame; of a compound, kept in its head */
    unsigned int property; /* of the head of a free block: its length in pages */
    uint64_t flags;
    list_entry_t page_link;
};

static inline void
page_layout_is_compact(void) {
    _Static_assert(sizeof(struct Page) == 32 || sizeof(void *) != 8,
                   "a descriptor is half a cache line");
}

/* Bit numbers in `flags`. */
#define PG_reserved 0  /* never handed out: image, holes, firmware */
#define PG_property 1  /* head of a free block (house rule H1) */
#define PG_owner    16 /* the first bit that is the owner's */

#define PAGE_FLAG(name, nr)                                                                        \
    static inline void SetPage##name(struct Page *p) {                                             \
        p->flags |= (uint64_t)1 << (nr);                                                           \
    }                                                                                              \
    static inline void ClearPage##name(struct Page *p) {                                           \
        p->flags &= ~((uint64_t)1 << (nr));                                                        \
    }                                                                                              \
    static inline bool Page##name(const struct Page *p) {                                          \
        return (p->flags >> (nr)&1) != 0;                                                          \
    }

PAGE_FLAG(Reserved, PG_reserved)
PAGE_FLAG(Property, PG_property)

#define le2page(le, member) to_struct((le), struct Page, member)

/* ucore's head of a list of free blocks: the blocks, and their pages in all. */
typedef struct {
    list_entry_t free_list;
    unsigned int nr_free;
} free_area_t;

#endif /* __ASSEMBLER__ */
#endif
