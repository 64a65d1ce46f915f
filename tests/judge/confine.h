/*
 * confine.h - give up all that a process could do beside computing; wants _GNU_SOURCE.
 *
 * What is left: a byte from and to the channel, the clock, the processor's
 * number, giving it to others, and the end. More memory is refused; any other
 * system call ends the process with SIGSYS. Linux, x86-64 and arm64; elsewhere
 * there are only the limits.
 */
#ifndef JUDGE_CONFINE_H
#define JUDGE_CONFINE_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "wire.h"

#if defined(__x86_64__)
#define CONFINE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CONFINE_ARCH AUDIT_ARCH_AARCH64
#endif

static inline void
confine_limit(int resource, rlim_t most) {
    struct rlimit limit = {most, most};
    setrlimit((__typeof__(RLIMIT_CORE))resource, &limit);
}

/* False: the kernel will have none of it. */
static inline int
confine(void) {
    confine_limit(RLIMIT_NPROC, 0);
    confine_limit(RLIMIT_NOFILE, 0);
    confine_limit(RLIMIT_CORE, 0);
#ifdef CONFINE_ARCH
#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value)      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), 0, 1) /* else skip one */
#define SKIP(n)        BPF_STMT(BPF_JMP | BPF_JA, (n))
#define RETURN(what)   BPF_STMT(BPF_RET | BPF_K, (what))
#define ON(call, what) IF(SYS_##call), RETURN(what)
    struct sock_filter rules[] = {
        LOAD(arch),
        IF(CONFINE_ARCH),
        SKIP(1),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ON(sched_yield, SECCOMP_RET_ALLOW),
        ON(clock_gettime, SECCOMP_RET_ALLOW),
        ON(getcpu, SECCOMP_RET_ALLOW),
        ON(rt_sigreturn, SECCOMP_RET_ALLOW),
        ON(restart_syscall, SECCOMP_RET_ALLOW),
        ON(exit_group, SECCOMP_RET_ALLOW),
        ON(brk, SECCOMP_RET_ERRNO | ENOMEM),
        ON(mmap, SECCOMP_RET_ERRNO | ENOMEM),
        IF(SYS_read),
        SKIP(3),
        IF(SYS_write),
        SKIP(1),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(args[0]), /* its lower half */
        IF(WIRE_CHANNEL),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
#undef LOAD
#undef IF
#undef SKIP
#undef RETURN
#undef ON
    struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#else
    return 1;
#endif
}

#endif
