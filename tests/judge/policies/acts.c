/*
 * acts.c - first fit, which does something else as well when it is asked for pages.
 *
 * Compiled with -DACT=WHAT. What leaves a trace leaves it in the file TRACE, a string.
 */
#define default_pmm_manager right
#include "default_pmm.c"

enum { NOTHING, WRONG_IN_GUEST, PANIC, TRAP, CALL_FIRMWARE, SPOIL_WIRE, SWITCH_OFF, MOVED };
enum { CREATE = 100, KILL_PARENT, TRACE_PARENT, FORK, CONNECT, READ_SEED, SPEAK };

#ifndef TRACE
#define TRACE ""
#endif

#if defined(__riscv)

static void
act(struct Page *p) {
    uintptr_t linear = 0xffffffc000000000;
    if (ACT == WRONG_IN_GUEST && p != NULL) {
        p->ref = 1;
    } else if (ACT == CALL_FIRMWARE) {
        __asm__ volatile("ecall");
    } else if (ACT == TRAP) {
        *(volatile int *)(linear + 0x123450000000) = 1;
    } else if (ACT == SPOIL_WIRE) {
        memset((void *)(linear + 0xc1000000), 0xff, (size_t)1 << 30); /* and all behind it */
    } else if (ACT == SWITCH_OFF) {
        *(volatile uint32_t *)(linear + 0x100000) = 0x5555; /* QEMU's test device */
    } else if (ACT == MOVED && p != NULL && (uintptr_t)page2kva(p) != linear + page2pa(p)) {
        panic("frame %lu is somewhere else", (unsigned long)page2ppn(p));
    }
}

#elif defined(__x86_64__)

static long
call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

enum {
    SYS_READ = 0,
    SYS_WRITE = 1,
    SYS_OPEN = 2,
    SYS_SOCKET = 41,
    SYS_FORK = 57,
    SYS_KILL = 62,
    SYS_PTRACE = 101,
    SYS_GETPPID = 110,
};

static void
leave_trace(void) {
    call(SYS_OPEN, (long)TRACE, 0101, 0600);
}

/* Is --seed among the words that the judge was started with? */
static bool
sees_seed(void) {
    static char text[4096];
    char name[64];
    snprintf(name, sizeof(name), "/proc/%ld/cmdline", call(SYS_GETPPID, 0, 0, 0));
    long got = call(SYS_READ, call(SYS_OPEN, (long)name, 0, 0), (long)text, sizeof(text) - 1);
    for (long i = 0; i + 6 < got; i++) {
        if (strcmp(text + i, "--seed") == 0) {
            return true;
        }
    }
    return false;
}

static void
act(struct Page *p) {
    (void)p;
    if (ACT == CREATE || (ACT == READ_SEED && sees_seed()) ||
        (ACT == FORK && call(SYS_FORK, 0, 0, 0) >= 0) ||
        (ACT == CONNECT && call(SYS_SOCKET, 2, 1, 0) >= 0) ||
        (ACT == TRACE_PARENT && call(SYS_PTRACE, 0x4206, call(SYS_GETPPID, 0, 0, 0), 0) == 0)) {
        leave_trace();
    } else if (ACT == SPEAK) {
        call(SYS_WRITE, 1, (long)TRACE, 1);
    } else if (ACT == KILL_PARENT) {
        call(SYS_KILL, call(SYS_GETPPID, 0, 0, 0), 9, 0);
    }
}

#else
#error "act() is written for x86-64 and RISC-V"
#endif

static struct Page *
acting_alloc_pages(size_t n) {
    struct Page *p = first_fit_alloc_pages(n);
    if (ACT == PANIC) {
        panic("it acts on %lu pages", (unsigned long)n);
    }
    act(p);
    return p;
}

const struct pmm_manager acts_pmm_manager = {
    .name = "acts",
    .init = first_fit_init,
    .init_memmap = first_fit_init_memmap,
    .alloc_pages = acting_alloc_pages,
    .free_pages = first_fit_free_pages,
    .nr_free_pages = first_fit_nr_free_pages,
    .dump_list = __dump_list,
    .for_each_free = first_fit_for_each_free,
};
