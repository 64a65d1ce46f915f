/* load.h - a program from a file into an address space. */
#ifndef KERN_PROCESS_LOAD_H
#define KERN_PROCESS_LOAD_H

#include "vmm.h"

/* A file as the loader sees it. */
struct image {
    size_t size; /* bytes */
    /* n bytes at `offset`, all within `size`; 0 or an error. */
    int (*read)(void *arg, size_t offset, void *to, size_t n);
    void *arg;
};

/*
 * Map the segments of an ELF file, which nobody has looked at before, and set up
 * the heap behind them. 0 and *entry; -E_INVAL_ELF: it is none that runs here;
 * -E_NO_MEM, or what read says: `mm` is good for mm_destroy only.
 */
int load_elf(struct mm_struct *mm, const struct image *image, uintptr_t *entry) __warn_unused;

/*
 * A stack with `argc` texts of at most PGSIZE bytes in all, and an array of their
 * addresses with a 0 behind it at *argv. The stack pointer is *argv - 4, where argc stands as an
 * int: run-times of old look there. 0, -E_TOO_BIG or -E_NO_MEM.
 */
int load_args(struct mm_struct *mm, size_t argc, const char *const texts[],
              uintptr_t *argv) __warn_unused;

#endif
