/* user_mode.c - see user_mode.h. */
#include "user_mode.h"
#include "intr.h"
#include "kernel_map.h"
#include "tlb.h"

static struct {
    struct mm_struct *mm;
    struct user_end *end;    /* filled in when the program has ended */
    struct trapframe kernel; /* where run_user goes on then ... */
    trap_handler_t outer;    /* ... with this handler ... */
    uint64_t satp;           /* ... and these tables */
    unsigned hart;           /* this one: a program may leave anything in tp */
    unsigned ticks;          /* that the program may still have */
    volatile bool ended;
} running;

/* Source: The RISC-V Instruction Set Manual, volume II, "Supervisor Cause Register". */
uint32_t
page_fault_access(uint64_t cause) {
    return cause == 12 ? VM_EXEC : cause == 13 ? VM_READ : cause == 15 ? VM_WRITE : 0;
}

static void
on_trap(struct trapframe *tf) {
    assert(hart_id() == running.hart);
    if ((tf->cause & SCAUSE_INTERRUPT) != 0 && running.ticks-- > 0) {
        return;
    }
    uint32_t access = page_fault_access(tf->cause);
    int error = access == 0 ? 0 : do_pgfault(running.mm, access, tf->tval);
    if (access == 0 || error != 0) {
        *running.end = (struct user_end){*tf, error};
        running.ended = true;
        *tf = running.kernel;
        tf->status = (tf->status | SSTATUS_SPP) & ~SSTATUS_SPIE; /* interrupts stay off */
    }
}

void
run_user(struct mm_struct *mm, uintptr_t pc, uintptr_t sp, const uintptr_t args[2],
         struct user_end *end) {
    bool intr = intr_save();
    running.mm = mm;
    running.end = end;
    running.hart = hart_id();
    running.ticks = USER_TICKS;
    running.ended = false;
    running.satp = read_csr(satp);
    running.outer = trap_set_user_handler(on_trap);
    tlb_use_root(PADDR(mm->pgdir));
    __asm__ volatile("fence.i"); /* the kernel may have written the program */
    capture_registers(&running.kernel);
    if (!running.ended) {
        const struct trapframe start = {
            .epc = pc, .sp = sp, .a0 = args[0], .a1 = args[1], .status = SSTATUS_SPIE};
        trap_resume(&start);
    }
    tlb_use_satp(running.satp);
    trap_set_user_handler(running.outer);
    intr_restore(intr);
}
