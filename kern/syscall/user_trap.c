/* user_trap.c - whatever stops a program: a call, a fault, the timer. */
#include "error.h"
#include "kstack.h"
#include "poison.h"
#include "proc.h"
#include "stdio.h"
#include "syscall.h"
#include "user_mode.h"

/* Nobody can serve it: the program is ended, and told why. */
static void
end_program(const struct trapframe *tf, int error) {
    char why[80] = "memory ran out";
    cprintf("pid %d (%s) is ended at %#lx: ", current->pid, current->name, (unsigned long)tf->epc);
    if (page_fault_access(tf->cause) == 0) {
        cprintf("%s\n", trap_name(tf->cause));
    } else {
        if (error != -E_NO_MEM) {
            mm_describe(current->mm, tf->tval, why, sizeof(why));
        }
        cprintf("%s %#lx: %s\n", trap_access(tf->cause), (unsigned long)tf->tval, why);
    }
    do_exit(-E_KILLED);
}

static void
exception(struct trapframe *tf) {
    uint32_t access = page_fault_access(tf->cause);
    int error = access == 0 ? -E_INVAL : do_pgfault(current->mm, access, tf->tval);
    if (error != 0) {
        end_program(tf, error);
    }
}

static void
on_trap(struct trapframe *tf) {
    bool interrupt = (tf->cause & SCAUSE_INTERRUPT) != 0;
    if (!interrupt && tf->cause == TRAP_SYSTEM_CALL) {
        tf->epc += 4; /* behind the ecall */
        poison_stack(current->kstack - KSTACK_SIZE);
        set_csr(sstatus, SSTATUS_SIE);
        tf->a0 = (uint64_t)syscall(tf);
        clear_csr(sstatus, SSTATUS_SIE);
    } else if (!interrupt) {
        exception(tf);
    }
    if (current->sched.resched) {
        schedule();
    }
    if (current->killed) { /* perhaps while others ran: it must not fork any more */
        do_exit(-E_KILLED);
    }
}

/* Programs may count time and instructions: scounteren TM and IR. */
void
syscall_init(void) {
    set_csr(scounteren, 6);
    trap_set_user_handler(on_trap);
}
