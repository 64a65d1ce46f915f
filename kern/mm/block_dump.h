/* block_dump.h - what __dump_list prints of free blocks of any length, for the *_fit policies. */
#ifndef KERN_MM_BLOCK_DUMP_H
#define KERN_MM_BLOCK_DUMP_H

#include "pmm.h"
#include "stdio.h"

#define BLOCKS_SHOWN 20

/* A pmm_visit_t; `arg` is a size_t that counts the blocks. */
static void
dump_block(struct Page *head, size_t n, void *arg) {
    size_t *count = arg;
    if (*count < BLOCKS_SHOWN) {
        cprintf("  %#zx..%#zx  %zu pages\n", page2ppn(head), page2ppn(head) + n, n);
    }
    ++*count;
}

/* Behind the blocks: how many there were, and the pages in them. */
static void
dump_sum(size_t count, unsigned int nr_free) {
    if (count > BLOCKS_SHOWN) {
        cprintf("  ... and %zu more\n", count - BLOCKS_SHOWN);
    }
    cprintf("  %u pages free in %zu blocks\n", nr_free, count);
}

#endif
