/*
 * kstack.h - the kernel stacks of processes, each above a page that is not mapped.
 *
 * They lie in the kernel's half of every address space, where boot_pgdir's tables
 * reach; the pages come from the policy.
 */
#ifndef KERN_PROCESS_KSTACK_H
#define KERN_PROCESS_KSTACK_H

#include "kernel_map.h"

/* The top of a new stack; 0: memory ran out, or there are KSTACKS. O(KSTACKS / 64). */
uintptr_t kstack_alloc(void);

/* Nobody runs on it. */
void kstack_free(uintptr_t top);

#endif
