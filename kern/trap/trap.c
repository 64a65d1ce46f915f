/* trap.c - interrupts and exceptions, told apart. */
#include "trap.h"
#include "assert.h"
#include "clock.h"
#include "riscv.h"

_Static_assert(sizeof(struct trapframe) == TRAPFRAME_SIZE, "trapentry.S stores this many bytes");

static const struct trapframe *current;
static trap_handler_t user_handler;

const struct trapframe *
trap_current(void) {
    return current;
}

trap_handler_t
trap_set_user_handler(trap_handler_t handle) {
    trap_handler_t old = user_handler;
    user_handler = handle;
    return old;
}

/* Source: The RISC-V Instruction Set Manual, volume II, "Supervisor Cause Register". */
const char *
trap_name(uint64_t cause) {
    static const char *const names[] = {
        [0] = "instruction address misaligned",
        [1] = "instruction access fault",
        [2] = "illegal instruction",
        [3] = "breakpoint",
        [4] = "load address misaligned",
        [5] = "load access fault",
        [6] = "store address misaligned",
        [7] = "store access fault",
        [8] = "system call from user mode",
        [9] = "call from supervisor mode",
        [12] = "instruction page fault",
        [13] = "load page fault",
        [15] = "store page fault",
    };
    const char *name = cause < ARRAY_SIZE(names) ? names[cause] : NULL;
    return name == NULL ? "unknown exception" : name;
}

const char *
trap_access(uint64_t cause) {
    static const char *const names[] = {
        [1] = "jump to",    [12] = "jump to", [4] = "load from", [5] = "load from",
        [13] = "load from", [6] = "store to", [7] = "store to",  [15] = "store to",
    };
    return cause < ARRAY_SIZE(names) ? names[cause] : NULL;
}

static void
interrupt(uint64_t cause) {
    if (cause != (SCAUSE_INTERRUPT | IRQ_S_TIMER)) {
        panic("interrupt %lu, which nobody asked for", (unsigned long)(cause & ~SCAUSE_INTERRUPT));
    }
    clock_tick();
}

void
trap(struct trapframe *tf) {
    const struct trapframe *outer = current;
    bool users = trap_from_user(tf) && user_handler != NULL;
    current = users ? NULL : tf;
    if ((tf->cause & SCAUSE_INTERRUPT) != 0) {
        interrupt(tf->cause);
    } else if (!users) {
        panic("%s at %#lx, address %#lx", trap_name(tf->cause), (unsigned long)tf->epc,
              (unsigned long)tf->tval);
    }
    if (users) {
        user_handler(tf);
    }
    current = outer;
}
