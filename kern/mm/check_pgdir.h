/*
 * check_pgdir.h - the course's checks of page tables, on boot_pgdir while its user half is empty.
 *
 * Each panics at the line that does not hold, and else prints
 * "check_...() succeeded!" and returns 0; where memory runs out on the way it
 * says so and returns -E_NO_MEM. All pages that it takes are free again.
 */
#ifndef KERN_MM_CHECK_PGDIR_H
#define KERN_MM_CHECK_PGDIR_H

/* Entries, references and tables under insert, replace and remove. */
int check_pgdir(void);

/*
 * The kernel's own map: every leaf is right, nothing writable is executable, text
 * and rodata are written through none, guards are not mapped; and this hart
 * translates by it.
 */
int check_boot_pgdir(void);

#endif
