/* panic.c - the end of a kernel that found a bug in itself. */
#include "panic.h"
#include "assert.h"
#include "intr.h"
#include "kernel_map.h"
#include "ksyms.h"
#include "pmm.h"
#include "power.h"
#include "print_pgdir.h"
#include "stdio.h"

static void
print_registers(const struct trapframe *tf) {
    static const char *const names[] = {"ra", "sp",  "gp",  "tp", "t0", "t1", "t2", "s0",
                                        "s1", "a0",  "a1",  "a2", "a3", "a4", "a5", "a6",
                                        "a7", "s2",  "s3",  "s4", "s5", "s6", "s7", "s8",
                                        "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        cprintf(" %3s %016lx%s", names[i], (unsigned long)tf->x[i + 1], i % 3 == 2 ? "\n" : "");
    }
    cprintf(" epc %016lx\n status %lx  cause %lx  tval %lx\n", (unsigned long)tf->epc,
            (unsigned long)tf->status, (unsigned long)tf->cause, (unsigned long)tf->tval);
}

static struct {
    const char *what; /* NULL: nothing to add */
    uintptr_t address;
} doing;

void
panic_while(const char *what, uintptr_t address) {
    doing.what = what;
    doing.address = address;
}

/* Of a trap for the sake of an address: what is there. */
static void
print_access(const struct trapframe *tf) {
    const char *access = trap_access(tf->cause);
    if (access != NULL && boot_pgdir != NULL) {
        char what[80];
        pgdir_describe(boot_pgdir, tf->tval, what, sizeof(what));
        cprintf("%s %#lx: %s\n", access, (unsigned long)tf->tval, what);
    }
}

static void
print_where(const struct trapframe *tf) {
    print_access(tf);
    cprintf("hart %u, policy %s\n", hart_id(),
            pmm_manager == NULL ? "none yet" : pmm_manager->name);
    if (doing.what != NULL) {
        cprintf("while %s %#lx\n", doing.what, (unsigned long)doing.address);
    }
    print_registers(tf);
    cprintf("backtrace:\n");
    backtrace(tf);
}

void
__panic(const char *file, int line, const char *fmt, ...) {
    static unsigned depth;
    struct trapframe here;
    intr_save();
    if (depth++ > 0) { /* what panic itself does is broken, too */
        if (depth == 2) {
            cprintf("\npanic within panic at %s:%d\n", file, line);
        }
        power_off(STATUS_PANIC);
    }
    va_list ap;
    va_start(ap, fmt);
    cprintf("\npanic at %s:%d: ", file, line);
    vcprintf(fmt, ap);
    cprintf("\n");
    va_end(ap);

    const struct trapframe *tf = trap_current();
    if (tf == NULL) {
        capture_registers(&here);
        tf = &here;
    }
    print_where(tf);
    power_off(STATUS_PANIC);
}

void
__warn(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    cprintf("warning at %s:%d: ", file, line);
    vcprintf(fmt, ap);
    cprintf("\n");
    va_end(ap);
}
