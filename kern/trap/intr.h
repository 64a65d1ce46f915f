/*
 * intr.h - the platform beneath the locks: interrupts of this hart, and its number.
 *
 * The host tests have a header of this name that does the same with nothing.
 */
#ifndef KERN_TRAP_INTR_H
#define KERN_TRAP_INTR_H

#include "defs.h"
#include "riscv.h"

/* Turn this hart's interrupts off; returns whether they were on, for intr_restore. */
static inline bool
intr_save(void) {
    uint64_t old;
    __asm__ volatile("csrrc %0, sstatus, %1" : "=r"(old) : "rK"(SSTATUS_SIE) : "memory");
    return (old & SSTATUS_SIE) != 0;
}

static inline void
intr_restore(bool on) {
    if (on) {
        set_csr(sstatus, SSTATUS_SIE);
    }
}

/* The hart that runs this, 0..; entry.S keeps the number in tp. */
static inline unsigned
hart_id(void) {
    register unsigned long id __asm__("tp");
    __asm__("" : "=r"(id));
    return (unsigned)id;
}

#endif
