/*
 * check_vmm.h - the course's checks of address spaces, while nobody else uses the heap.
 *
 * Each panics at the line that does not hold, and else prints
 * "check_...() succeeded!" and returns 0; where memory runs out on the way it
 * says so and returns -E_NO_MEM. All pages that it takes are given back.
 */
#ifndef KERN_MM_CHECK_VMM_H
#define KERN_MM_CHECK_VMM_H

/* Ranges are found by address, in order, and are found no more once they are taken out. */
int check_vma_struct(void);

/* Who may touch what gets zeroes, a copy or a longer stack; who may not is told why. */
int check_pgfault(void);

/* Ranges join and part, the heap moves, copies are independent, and destroying gives all back. */
int check_vmm(void);

/* The same faults by a program in user mode: what cannot be served ends it, and nothing else. */
int check_user_mode(void);

#endif
