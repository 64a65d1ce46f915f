/*
 * tlb.h - this hart's translation of addresses, and when it looks at the tables again.
 *
 * Source: The RISC-V Instruction Set Manual, volume II, "Supervisor Memory-Management
 * Fence Instruction". The host tests have a header of this name that keeps a model of a TLB.
 */
#ifndef KERN_TRAP_TLB_H
#define KERN_TRAP_TLB_H

#include "defs.h"
#include "mmu.h"

/* After a change of anything, entries that lead to tables included. */
static inline void
tlb_flush_all(void) {
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* After a change of the one entry that maps the page at `va`; not of those that lead to it. */
static inline void
tlb_flush_page(uintptr_t va) {
    __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory");
}

static inline uint64_t
tlb_satp(uintptr_t root_pa) {
    return (uint64_t)SATP_MODE_SV39 << SATP_MODE_SHIFT | root_pa >> PGSHIFT;
}

/* Translate as satp says; that maps the caller where it was. */
static inline void
tlb_use_satp(uint64_t satp) {
    __asm__ volatile("sfence.vma\ncsrw satp, %0\nsfence.vma" ::"r"(satp) : "memory");
}

/* By the root table at this physical address. */
static inline void
tlb_use_root(uintptr_t root_pa) {
    tlb_use_satp(tlb_satp(root_pa));
}

#endif
