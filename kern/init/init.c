/* init.c - the boot path, one column of calls. */
#include "bootargs.h"
#include "checks.h"
#include "clock.h"
#include "console.h"
#include "dtb.h"
#include "fail.h"
#include "file.h"
#include "front_cache.h"
#include "init_main.h"
#include "kernel_map.h"
#include "kmalloc.h"
#include "memranges.h"
#include "monitor.h"
#include "page_init.h"
#include "panic.h"
#include "power.h"
#include "proc.h"
#include "ps.h"
#include "riscv.h"
#include "sbi.h"
#include "stdio.h"
#include "string.h"
#include "syscall.h"
#include "tlb.h"
#include "trap.h"
#include "vmm.h"
#include "zone.h"

#define VERSION "0.1"

#define WINDOW 1 /* a free entry of the root table, and the one after it */

extern char image_start[], text_end[], rodata_end[], image_used_end[], image_end[];

static struct machine machine;
static struct bootargs args;
static uintptr_t image_pa; /* where the image was loaded */

uintptr_t
image_to_pa(uintptr_t va) {
    return va - (uintptr_t)image_start + image_pa;
}

/* From the two tables of entry.S to the kernel's own. */
static void
map_kernel(void) {
    const struct kernel_image image = {
        (uintptr_t)image_start,
        (uintptr_t)text_end,
        (uintptr_t)rodata_end,
        (uintptr_t)image_used_end,
        image_pa,
        {{"boot stack", "guard page below the boot stack", (uintptr_t)boot_stack_guard,
          (uintptr_t)boot_stack, (uintptr_t)boot_stack_top},
         {"trap stack", "guard page below the trap stack", (uintptr_t)trap_stack_guard,
          (uintptr_t)trap_stack, (uintptr_t)trap_stack_top},
         {"spare stack", "guard page below the spare stack", (uintptr_t)spare_stack_guard,
          (uintptr_t)spare_stack, (uintptr_t)spare_stack_top}},
    };
    kernel_map_init(&image);
    tlb_use_root(PADDR(boot_pgdir));
}

/*
 * Where `pa` can be read: in the linear map, or beyond it through two spare
 * entries of the root table, which end with the call of close_window.
 */
static const void *
open_window(uintptr_t pa) {
    if (pa >> GIGAPAGE_SHIFT < LINEAR_GIGS - 1) {
        return KADDR(pa);
    }
    for (uintptr_t i = 0; i < 2; i++) {
        uintptr_t ppn = ((pa >> GIGAPAGE_SHIFT) + i) << (GIGAPAGE_SHIFT - PGSHIFT);
        boot_pgdir[WINDOW + i] = pte_create(ppn, PTE_A | PTE_R | PTE_V);
    }
    tlb_flush_all();
    return (const void *)(((uintptr_t)WINDOW << GIGAPAGE_SHIFT) +
                          pa % ((uintptr_t)1 << GIGAPAGE_SHIFT));
}

static void
close_window(void) {
    boot_pgdir[WINDOW] = boot_pgdir[WINDOW + 1] = 0;
    tlb_flush_all();
}

/* Learn memory, devices and boot arguments from the tree at physical address `pa`. */
static void
read_device_tree(uintptr_t pa) {
    if (pa == 0 || pa >> PHYSICAL_BITS != 0) {
        panic("device tree: the firmware says it is at %#lx, which cannot be read",
              (unsigned long)pa);
    }
    panic_while("reading the device tree at", pa);
    const void *blob = open_window(pa);
    const char *why = dtb_read(blob, dtb_size(blob), pa, &machine);
    close_window();
    panic_while(NULL, 0);
    if (why != NULL) {
        panic("%s (it lies at %#lx)", why, (unsigned long)pa);
    }
    power_init(machine.test_device);
}

/* Stop at a word nobody knows: it would otherwise look as if it had worked. */
static void
read_bootargs(void) {
    static char line[MACHINE_BOOTARGS];
    snprintf(line, sizeof(line), "%s", machine.bootargs);
    const char *unknown = bootargs_read(line, &args);
    if (unknown != NULL) {
        cprintf("unknown boot argument '%s'; there are pmm=NAME cache=1 checks=off failpage=N "
                "failslab=N (N from 1 on) sbi=legacy batch run=COMMANDS\n",
                unknown);
        power_off(STATUS_BAD_ARG);
    }
    if (args.pmm != NULL && pmm_find(args.pmm) == NULL) {
        cprintf("unknown policy '%s'; there are", args.pmm);
        for (size_t i = 0; i < pmm_npolicies; i++) {
            cprintf(" %s", pmm_policies[i]->name);
        }
        cprintf(pmm_find(PMM_DROPIN) == NULL ? "\n" : " " PMM_DROPIN "\n");
        power_off(STATUS_BAD_ARG);
    }
    if (args.sched != NULL && sched_find(args.sched) == NULL) {
        cprintf("unknown scheduler '%s'; there are", args.sched);
        for (size_t i = 0; i < sched_nclasses; i++) {
            cprintf(" %s", sched_classes[i]->name);
        }
        cprintf("\n");
        power_off(STATUS_BAD_ARG);
    }
}

/* For machines whose firmware is older than its extensions, and to test that. */
static void
use_legacy_firmware(void) {
    sbi_use_legacy();
    console_init();
    power_init(0);
}

static void
start_clock(void) {
    if (machine.timer_hz == 0) {
        panic("device tree: /cpus has no timebase-frequency that can be used%s%s",
              machine.nwarnings == 0 ? "" : "; ",
              machine.nwarnings == 0 ? "" : machine.warnings[0]);
    }
    clock_init(machine.timer_hz);
}

static void
print_size(uint64_t bytes) {
    unsigned shift = bytes >= (uint64_t)10 << 30 ? 30 : 20;
    uint64_t tenths = (bytes & (((uint64_t)1 << shift) - 1)) * 10 >> shift;
    cprintf("%lu.%lu %s", (unsigned long)(bytes >> shift), (unsigned long)tenths,
            shift == 30 ? "GiB" : "MiB");
}

static void
print_machine(void) {
    const struct memory_report *r = page_init_report();
    uint64_t free = memranges_bytes(&r->free);
    cprintf("machine  %s, %u hart%s, timer %u kHz\n", machine.model, machine.nharts,
            machine.nharts == 1 ? "" : "s", machine.timer_hz / 1000);
    cprintf("memory   ");
    print_size(r->found);
    cprintf(" found, ");
    print_size(r->found - free - r->unreachable);
    cprintf(" reserved, ");
    print_size(free);
    cprintf(" free (%zu pages)\n", nr_free_pages());
    if (r->unreachable != 0) {
        cprintf("warning  ");
        print_size(r->unreachable);
        cprintf(" of it cannot be used: see 'mem'\n");
    }
    for (unsigned i = 0; i < machine.nwarnings && i < MACHINE_WARNINGS; i++) {
        cprintf("warning  device tree: %s\n", machine.warnings[i]);
    }
    cprintf("policy   %s", pmm_manager->name);
    if (args.cache) {
        cprintf(", with a front cache of %d pages", FRONT_CACHE_PAGES);
    }
    cprintf(" (%s)\n", args.pmm == NULL                    ? "the default; pmm= chooses another"
                       : strcmp(args.pmm, PMM_DROPIN) == 0 ? "linked in from a file"
                                                           : "by pmm=");
}

static void
check_memory(void) {
    if (args.checks) {
        zone_self_check();
    }
    const char *broken = pmm_audit();
    if (broken != NULL) {
        panic("policy %s broke %s", pmm_manager->name, broken);
    }
    cprintf("checks   %s, %s\n",
            !args.checks                 ? "policy's own left out (checks=off)"
            : pmm_manager->check == NULL ? "policy has none of its own"
                                         : "policy's own passed",
            pmm_shows_free() ? "audit of every free block passed"
                             : "all pages accounted for (free blocks are not marked)");
}

/* Of what stands on pages; they want the facade and free pages. */
static void
run_checks(void) {
    for (size_t i = 0; args.checks && i < nchecks; i++) {
        checks[i].run();
    }
}

static void
start_policy(void) {
    pmm_init(args.pmm);
    if (args.cache) {
        pmm_manager = front_cache_over(pmm_manager);
    }
}

static void
take_memory(void) {
    panic_while("taking over the memory that is named by the device tree at", machine.dtb.base);
    page_init(&machine, (struct range){image_pa, image_to_pa((uintptr_t)image_end)});
    panic_while(NULL, 0);
    fail_arm(fail_page, args.failpage);
}

static void
start_heap(void) {
    kmalloc_init();
    fail_arm(fail_slab, args.failslab);
}

/* The tree of files, with the programs; without an initrd there is neither. */
static void
start_files(void) {
    struct range *r = &machine.initrd;
    if (r->base == r->end) {
        return;
    }
    const char *wrong = "not in memory";
    if (page_init_holds(&machine, *r)) {
        wrong = fs_init(KADDR(r->base), r->end - r->base);
    }
    if (wrong != NULL) {
        cprintf("warning  initrd at %#lx: %s\n", (unsigned long)r->base, wrong);
        *r = (struct range){0, 0};
    } else {
        ps_init();
    }
}

/* The shell, with commands or to be typed at, and then off with its status. */
static void
run_shell(void) {
    const char *argv[] = {"/bin/sh", "-c", args.sh};
    const struct program shell = {args.sh == NULL ? 1 : ARRAY_SIZE(argv), argv};
    int status = run_program(&shell);
    power_off(status < 0 ? STATUS_FAILED : status > 99 ? 99 : status);
}

/* Entered from entry.S with paging on and interrupts off. */
__noreturn void kern_init(unsigned long hart, uintptr_t dtb_pa, uintptr_t loaded_at);

void
kern_init(unsigned long hart, uintptr_t dtb_pa, uintptr_t loaded_at) {
    image_pa = loaded_at;
    (void)hart; /* tp holds it */

    uint64_t start = read_csr(instret);
    console_init(); /* the firmware's console */
    cprintf("\npagelab " VERSION ", a teaching kernel for physical memory (riscv64, Sv39)\n\n");
    map_kernel();             /* nothing writable is run, and nothing run is written */
    read_device_tree(dtb_pa); /* memory, devices, arguments */
    read_bootargs();          /* pmm=, run= ... */
    if (args.legacy_sbi) {
        use_legacy_firmware();
    }
    start_clock();          /* ticks, once interrupts are on */
    start_policy();         /* the policy */
    take_memory();          /* page descriptors; all free memory to the policy */
    print_machine();        /* before the checks: a policy may hang in its own */
    check_memory();         /* the policy's check, and ours */
    start_heap();           /* objects smaller than pages */
    vmm_init();             /* address spaces */
    start_files();          /* the tree of files, with the programs of the initrd */
    sched_init(args.sched); /* who runs next */
    proc_init();            /* this is idle, process 0, from now on */
    syscall_init();         /* what programs ask for */
    run_checks();           /* check_pgdir, check_boot_pgdir, check_slab ... */
    set_csr(sstatus, SSTATUS_SIE);
    machine.firmware_instructions = start;
    machine.boot_instructions = read_csr(instret) - start;
    monitor_init(&machine);
    syscall_set_monitor(monitor_session);
    if (args.run == NULL && machine.initrd.base != machine.initrd.end) {
        cprintf("\nls /bin shows the programs; leave with exit or ctrl-A x\n");
        run_shell();
    }
    cprintf("\ntype help; leave with off or ctrl-A x\n");
    monitor(args.run, args.batch);
}
