/* riscv.h - control and status registers, and the few instructions C has no words for. */
#ifndef KERN_TRAP_RISCV_H
#define KERN_TRAP_RISCV_H

#include "defs.h"

#define SSTATUS_SIE  (1UL << 1) /* interrupts are taken */
#define SSTATUS_SPIE (1UL << 5) /* they are, once a trap has returned */
#define SSTATUS_SPP  (1UL << 8) /* a trap returns to supervisor mode */
#define SIE_STIE     (1UL << 5) /* the timer's interrupts among them */

#define SCAUSE_INTERRUPT (1UL << 63)
#define IRQ_S_TIMER      5

#define read_csr(reg)                                                                              \
    ({                                                                                             \
        uint64_t csr_value_;                                                                       \
        __asm__ volatile("csrr %0, " #reg : "=r"(csr_value_));                                     \
        csr_value_;                                                                                \
    })

#define set_csr(reg, bits)   __asm__ volatile("csrs " #reg ", %0" ::"rK"(bits) : "memory")
#define clear_csr(reg, bits) __asm__ volatile("csrc " #reg ", %0" ::"rK"(bits) : "memory")

static inline uint64_t
read_time(void) {
    return read_csr(time);
}

/* Sleep until an interrupt is pending. */
static inline void
wait_for_interrupt(void) {
    __asm__ volatile("wfi" ::: "memory");
}

#endif
