/* tlb.h - the host's side of kern/trap/tlb.h: what is flushed is told to the program. */
#ifndef TESTS_HOST_TLB_H
#define TESTS_HOST_TLB_H

#include "defs.h"

/* Defined once by the program. */
void tlb_flush_all(void);
void tlb_flush_page(uintptr_t va);

#endif
