/*
 * vmm.h - the address space of a program: which ranges it may use, and which pages are there.
 *
 * Memory is promised first (mm_map) and given when it is touched (do_pgfault). What
 * holds between calls:
 *
 *   A1  a page is mapped only inside a range of `vmas`, and with no right that the
 *       range does not have.
 *   A2  but for VM_SHARE, a page that can be written is mapped once. One that is mapped
 *       more often, by mm_dup, is copied when somebody stores to it.
 *   A3  an anonymous page reads as zeroes until it is stored to.
 *   A4  below USER_BASE and from USER_TOP on, a program has nothing.
 *
 * The caller sees to it that nobody else uses the same address space meanwhile,
 * nor one that shares pages with it. What fails has changed nothing that a program
 * could see. Where swapping comes in: an entry that is neither 0 nor valid will say where
 * a page went; there are none yet.
 */
#ifndef KERN_MM_VMM_H
#define KERN_MM_VMM_H

#include "page_table.h"
#include "vma.h"

/* Old run-times load arguments as 32 bits with a sign: no address of a program has bit 31. */
#define USER_BASE 0x200000
#define USER_TOP  0x80000000

#define USER_STACK_MAX (256 * PGSIZE) /* a stack never grows beyond so many bytes */
#define STACK_GUARD    (16 * PGSIZE)  /* below a stack, bytes that nothing else may be mapped in */

struct mm_struct {
    unsigned users;           /* who have it: one, and more by mm_share */
    pde_t *pgdir;             /* a page; its upper half is that of boot_pgdir */
    struct avl_tree vmas;     /* struct vma_struct */
    uintptr_t brk_start, brk; /* the heap of mm_brk, bytes; 0: none */
};

/* Before any other function here; the heap and boot_pgdir are ready. */
void vmm_init(void);

/* An empty address space; NULL: memory ran out. The caller owns it. */
struct mm_struct *mm_create(void);

/* One user more, which calls mm_destroy likewise. */
static inline struct mm_struct *
mm_share(struct mm_struct *mm) {
    mm->users++;
    return mm;
}

/* One user less; the last gives back all of it: then this hart translates by another one. O(its
 * entries). */
void mm_destroy(struct mm_struct *mm);

/*
 * [start, start + len) may be used from now on, as `flags` say (VM_WRITE includes
 * VM_READ; with none, it is only kept free). A stack that has something directly below
 * it never grows. -E_INVAL: not whole pages, beyond
 * A4, within STACK_GUARD below a stack, or not free; -E_NO_MEM. O(log n).
 */
int mm_map(struct mm_struct *mm, uintptr_t start, size_t len, uint32_t flags) __warn_unused;

/*
 * The same with VM_SHARE, of VM_READ and VM_WRITE only, and with all its pages at once, so that
 * those who come to share them by mm_dup find none missing. O(pages).
 */
int mm_map_shared(struct mm_struct *mm, uintptr_t start, size_t len, uint32_t flags) __warn_unused;

/* The highest place where mm_map takes `len` bytes and no stack has to stop early; 0: none. O(n).
 */
uintptr_t mm_find_free(const struct mm_struct *mm, size_t len);

/*
 * Take away what is in [start, start + len), where there may be nothing.
 * -E_INVAL: not whole pages, or beyond A4; -E_NO_MEM: a hole in the middle of
 * a range makes two. O(log n), beside the ranges, pages and tables in it.
 */
int mm_unmap(struct mm_struct *mm, uintptr_t start, size_t len) __warn_unused;

/*
 * The heap, [brk_start, brk), ends at `brk` from now on; bytes that it loses in
 * whole pages are gone. -E_INVAL: below brk_start, or as mm_map; -E_NO_MEM.
 */
int mm_brk(struct mm_struct *mm, uintptr_t brk) __warn_unused;

/* A copy that shares all pages until somebody stores (A2); NULL: memory ran out. O(its pages). */
struct mm_struct *mm_dup(struct mm_struct *mm);

/*
 * Make an access to `addr`, one of VM_READ, VM_WRITE, VM_EXEC, possible: a page of
 * zeroes where none was, a copy of one that is shared, a longer stack, or the
 * marks A and D, which some harts set and others fault for. 0; -E_FAULT: nothing
 * may be there; -E_ACCESS: something may, but not for that; -E_NO_MEM. O(log n).
 */
int do_pgfault(struct mm_struct *mm, uint32_t access, uintptr_t addr) __warn_unused;

/* Why not, in words, up to `size` bytes with the 0: what is at `addr`. As snprintf. */
int mm_describe(const struct mm_struct *mm, uintptr_t addr, char *text, size_t size);

/*
 * `len` bytes between the kernel and a program, whose addresses may be anything;
 * pages are faulted in. 0, or the error of do_pgfault, with a part copied.
 */
int copy_from_user(struct mm_struct *mm, void *to, uintptr_t from, size_t len) __warn_unused;
int copy_to_user(struct mm_struct *mm, uintptr_t to, const void *from, size_t len) __warn_unused;

/* Make all of [addr, addr + len) ready for that access, so that a copy will not fail; as
 * do_pgfault. */
int make_reachable(struct mm_struct *mm, uint32_t access, uintptr_t addr, size_t len) __warn_unused;

/* A text with its 0, into `size` bytes. Its length, -E_INVAL: it is longer; or as copy_from_user.
 */
int copy_text_from_user(struct mm_struct *mm, char *to, uintptr_t from, size_t size) __warn_unused;

struct mm_stat {
    size_t promised; /* pages */
    size_t present;  /* pages mapped, of which ... */
    size_t shared;   /* ... so many others hold as well */
    size_t accessed; /* ... and so many were used since mm_clear_accessed */
};

/* O(ranges + pages). */
void mm_stat(const struct mm_struct *mm, struct mm_stat *stat);

/*
 * No page counts as used until it is: the working set is what mm_stat says some
 * time later (P. J. Denning, "The Working Set Model for Program Behavior", 1968).
 */
void mm_clear_accessed(struct mm_struct *mm);

#endif
