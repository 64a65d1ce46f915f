/*
 * print_pgdir.h - page tables in words.
 */
#ifndef KERN_MM_PRINT_PGDIR_H
#define KERN_MM_PRINT_PGDIR_H

#include "page_table.h"

/*
 * One line a range of pages of one size, with one permission and one name; of
 * the kernel's half the guards, too. O(entries of all tables).
 */
void print_pgdir(const pde_t *pgdir);

/* What is at `va`, as "kernel text, R-X" or "user half, not mapped"; as snprintf. */
int pgdir_describe(const pde_t *pgdir, uintptr_t va, char *text, size_t size);

#endif
