/*
 * confine.c - linked first into a child of the judge: before any code of the
 * policy runs, the child gives up every system call but those of child.c.
 *
 * So the policy cannot open a file, start, trace or signal a process, or reach
 * the network, whatever instructions it is made of. A forbidden call ends the
 * child with SIGSYS, which the judge reports as a crash.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define MACHINE AUDIT_ARCH_RISCV64
#else
#error "the machine's number for seccomp is not known"
#endif

#define LOAD(field)              BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP_UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define END(action)              BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define ALLOW(name)              SKIP_UNLESS(SYS_##name, 1), END(ALLOW)

/* x86's x32 calls have other numbers, and are among what is not allowed. */
static struct sock_filter filter[] = {
    LOAD(arch),          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
    END(KILL_PROCESS),   LOAD(nr),
    ALLOW(read),         ALLOW(write),
    ALLOW(mmap),         ALLOW(munmap),
    ALLOW(brk),          ALLOW(getcpu),
    ALLOW(sched_yield),  ALLOW(clock_gettime),
    ALLOW(rt_sigaction), ALLOW(rt_sigprocmask),
    ALLOW(rt_sigreturn), ALLOW(exit_group),
    END(KILL_PROCESS),
};

static void
confine(void) {
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        _exit(126); /* no byte on the channel: the judge's fault, not the policy's */
    }
}

__attribute__((section(".preinit_array"), used)) static void (*const first_act)(void) = confine;
