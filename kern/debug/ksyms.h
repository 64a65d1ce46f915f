/* ksyms.h - names for code addresses, and the chain of calls. */
#ifndef KERN_DEBUG_KSYMS_H
#define KERN_DEBUG_KSYMS_H

#include "trap.h"

/*
 * The function that holds `pc`, and in *offset how far into it; NULL outside
 * the kernel's code. O(log n) of the number of functions.
 */
const char *ksyms_find(uintptr_t pc, size_t *offset);

/* Print one line a call, from the trapped or calling function outwards. */
void backtrace(const struct trapframe *from);

#endif
