/*
 * check_slab.h - the course's check of the heap, while nobody else uses it.
 *
 * Panics at the line that does not hold, and else prints "check_slab()
 * succeeded!" and returns 0; where memory runs out on the way it says so and
 * returns -E_NO_MEM. All pages that it takes are given back, the last one first.
 */
#ifndef KERN_MM_CHECK_SLAB_H
#define KERN_MM_CHECK_SLAB_H

int check_slab(void);

#endif
