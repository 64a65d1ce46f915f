/* monitor_vm.c - the monitor's commands on address spaces. */
#include "check_vmm.h"
#include "error.h"
#include "kmalloc.h"
#include "monitor.h"
#include "pmm.h"
#include "print_pgdir.h"
#include "stdio.h"
#include "string.h"
#include "user_trial.h"

#define DATA       0x800000ul
#define DATA_PAGES 32

static void
print_step(const char *what, const struct mm_struct *mm) {
    struct mm_stat s;
    mm_stat(mm, &s);
    cprintf("%-34s %8zu %8zu %8zu %10zu\n", what, s.promised, s.present, s.shared, nr_free_pages());
}

static int
store(struct mm_struct *mm, size_t page) {
    return copy_to_user(mm, DATA + page * PGSIZE, "x", 1);
}

/* The life of an address space and of its copy, a line each time that something changes. */
static int
tell(struct mm_struct *mm) {
    struct mm_struct *copy = NULL;
    cprintf("%-34s %8s %8s %8s %10s\n", "pages", "promised", "present", "shared", "free");
    print_step("a new address space", mm);
    int error = mm_map(mm, DATA, DATA_PAGES * PGSIZE, VM_READ | VM_WRITE);
    if (error == 0) {
        print_step("32 pages are promised", mm);
        error = store(mm, 0) | store(mm, 1) | store(mm, 31);
    }
    if (error == 0) {
        print_step("3 of them are stored to", mm);
        copy = mm_dup(mm);
        error = copy == NULL ? -E_NO_MEM : 0;
    }
    if (error == 0) {
        print_step("it is copied, as by fork", mm);
        error = store(copy, 0);
    }
    if (error == 0) {
        print_step("the copy stores to one: the copy", copy);
        print_step("                        the first", mm);
    }
    if (copy != NULL) {
        mm_destroy(copy);
        print_step("the copy is gone", mm);
    }
    return error;
}

static int
cmd_vm(char **argv) {
    if (argv[1] != NULL && strcmp(argv[1], "check") == 0) {
        int error = check_vma_struct();
        error |= check_pgfault();
        error |= check_vmm();
        error |= check_user_mode();
        return error == 0 ? 0 : MONITOR_FAILED;
    }
    if (argv[1] != NULL) {
        cprintf("vm: '%s' is unknown; there are vm and vm check\n", argv[1]);
        return MONITOR_FAILED;
    }
    struct mm_struct *mm = mm_create();
    int error = mm == NULL ? -E_NO_MEM : tell(mm);
    if (mm != NULL) {
        mm_destroy(mm);
    }
    kmem_shrink();
    cprintf("%-34s %37zu\n", error == 0 ? "all is given back" : "memory ran out: all is given back",
            nr_free_pages());
    return error == 0 ? 0 : MONITOR_FAILED;
}

/* What became of it: one line. */
static void
print_end(const struct mm_struct *mm, const struct user_end *end) {
    const struct trapframe *tf = &end->tf;
    char why[80];
    if (tf->cause == TRAP_SYSTEM_CALL) {
        cprintf("the program ran to its end, a0 is %#lx\n", (unsigned long)tf->a0);
        return;
    }
    if (end->error == 0) {
        cprintf("the program is ended at %#lx: %s\n", (unsigned long)tf->epc,
                (tf->cause & SCAUSE_INTERRUPT) != 0 ? "its time is over" : trap_name(tf->cause));
        return;
    }
    mm_describe(mm, tf->tval, why, sizeof(why));
    cprintf("the program is ended at %#lx: %s %#lx: %s\n", (unsigned long)tf->epc,
            trap_access(tf->cause), (unsigned long)tf->tval,
            end->error == -E_NO_MEM ? "memory ran out" : why);
}

static int
cmd_user(char **argv) {
    uint64_t arg;
    size_t what = 0;
    while (what < TRIALS && strcmp(argv[1], trial_names[what]) != 0) {
        what++;
    }
    if (what == TRIALS) {
        cprintf("user: '%s' is unknown; there are user load, store and jump with an address, and "
                "user push with a number of bytes, hexadecimal\n",
                argv[1]);
        return MONITOR_FAILED;
    }
    if (!monitor_hex(argv[2], &arg)) {
        return MONITOR_FAILED;
    }
    struct mm_struct *mm = trial_create();
    if (mm == NULL) {
        cprintf("user: no memory\n");
        return MONITOR_FAILED;
    }
    struct user_end end;
    struct mm_stat stat;
    trial_run(mm, (enum trial)what, arg, &end);
    mm_stat(mm, &stat);
    print_end(mm, &end);
    cprintf("it had %zu of the %zu pages that it was promised\n", stat.present, stat.promised);
    mm_destroy(mm);
    kmem_shrink();
    return 0;
}

const struct monitor_command monitor_vm_commands[] = {
    {"vm", "[check]", "pages that are promised, touched and copied; the checks", 0, 1, cmd_vm},
    {"user", "what number", "a program that does load, store, jump or push", 2, 2, cmd_user},
    {NULL, NULL, NULL, 0, 0, NULL},
};
