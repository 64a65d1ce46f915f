/*
 * kernel_map.h - the kernel's own half of every address space.
 *
 * Built once, early, from tables in the image, so that memory cannot run out.
 * Nothing is both writable and executable; text and constants are written
 * through no mapping at all; what is between the segments is not mapped, and so
 * is the user's half, address 0 included. All leaves have A, D and G.
 */
#ifndef KERN_MM_KERNEL_MAP_H
#define KERN_MM_KERNEL_MAP_H

#include "page_table.h"

#define KERNEL_STACKS 3

/* The image, as the linker laid it out: virtual addresses, the stacks upwards. */
struct kernel_image {
    uintptr_t start, text_end, rodata_end, used_end;
    uintptr_t pa; /* where `start` was loaded */
    struct kernel_stack {
        const char *name, *guard_name;
        uintptr_t guard, base, top; /* a page that nobody may touch, then the stack */
    } stack[KERNEL_STACKS];
};

/* A piece of the kernel's half; [va, va + size) are whole pages. */
struct kernel_segment {
    const char *name;
    uintptr_t va, pa;
    size_t size;
    uint64_t perm; /* PTE_R, PTE_W, PTE_X; 0: a guard, not mapped */
};

/* The kernel's root table. Those of processes share the entries of its upper half. */
extern pde_t *boot_pgdir;

/* Build boot_pgdir. The hart goes on as it did: tlb_use_root(PADDR(boot_pgdir)) is the caller's. */
void kernel_map_init(const struct kernel_image *image);

/* The segments, upwards, and in *n how many. */
const struct kernel_segment *kernel_map_segments(size_t *n);

/* The segment that holds `va`, or NULL. O(segments), about twenty. */
const struct kernel_segment *kernel_map_segment(uintptr_t va);

#endif
