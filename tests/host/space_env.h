/*
 * space_env.h - what address spaces stand on, for host tests, beside the hart: the kernel's
 * half, which is empty, and a heap of small objects. In one file of a program.
 */
#ifndef TESTS_HOST_SPACE_ENV_H
#define TESTS_HOST_SPACE_ENV_H

#include "hart_env.h"
#include "kmalloc.h"

bool host_intr_on;

/* Objects larger than half a page, of which there are none here. */
void
kfree_pages(void *p, const void *caller) {
    (void)caller;
    panic("%p is of no cache", p);
}

static _Alignas(PGSIZE) pte_t kernel_root[PT_ENTRIES];
pde_t *boot_pgdir = kernel_root;

#endif
