/*
 * kstack.h - the kernel stacks of processes, each above a page that is not mapped.
 *
 * They lie in the kernel's half of every address space, where boot_pgdir's tables
 * reach; the pages come from the policy.
 */
#ifndef KERN_PROCESS_KSTACK_H
#define KERN_PROCESS_KSTACK_H

#include "kernel_map.h"

#define KSTACK_AREA 0xffffffffe0000000
#define KSTACK_SIZE (4 * PGSIZE)           /* bytes, of them no function takes more than a page */
#define KSTACK_SLOT (KSTACK_SIZE + PGSIZE) /* with the guard below */
#define KSTACKS     4096                   /* at most */

/* The top of a new stack; 0: memory ran out, or there are KSTACKS. O(KSTACKS / 64). */
uintptr_t kstack_alloc(void);

/* Nobody runs on it. */
void kstack_free(uintptr_t top);

/* Which stack's guard page holds `va`, 0..; -1: none. */
int kstack_guard(uintptr_t va);

#endif
