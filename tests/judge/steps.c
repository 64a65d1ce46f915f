/* steps.c - a call by ptrace, one instruction at a time. Linux, x86-64 and arm64. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steps.h"

#define RETURN_TO    16   /* where the caller is said to be; nothing is there that could run */
#define STACK_GAP    4096 /* below what the child had on its stack when it was stopped */
#define WAIT_SECONDS 60   /* for a call that sleeps: then the child has died */

#if defined(__x86_64__)

#define CAN_STEP      1
#define MOST_PREFIXES 6
typedef struct user_regs_struct registers;

static bool
prepare_call(pid_t pid, registers *r, uint64_t function, const uint64_t arguments[2]) {
    r->rip = function;
    r->rdi = arguments[0];
    r->rsi = arguments[1];
    r->rax = 0;
    r->orig_rax = UINT64_MAX; /* in no system call that could be begun again */
    r->rsp = ((r->rsp - STACK_GAP) & ~UINT64_C(15)) - sizeof(uint64_t);
    return ptrace(PTRACE_POKEDATA, pid, r->rsp, (uint64_t)RETURN_TO) == 0;
}

static uint64_t
place(const registers *r) {
    return r->rip;
}

static uint64_t
returned(const registers *r) {
    return r->rax;
}

/* Of a segment, a size, a repetition, or REX. */
static bool
is_prefix(uint64_t byte) {
    return (byte & 0xe7) == 0x26 || (byte & 0xfc) == 0x64 || (byte & 0xfe) == 0xf2 ||
           (byte & 0xf0) == 0x40;
}

/*
 * Is the next instruction a move to ss? The processor takes the one after it in
 * the same step. One with so many prefixes is taken for it.
 */
static bool
hides_next(pid_t pid, const registers *r) {
    uint64_t code = (uint64_t)ptrace(PTRACE_PEEKTEXT, pid, r->rip, 0);
    unsigned prefixes = 0;
    while (prefixes < MOST_PREFIXES && is_prefix(code & 0xff)) {
        code >>= 8;
        prefixes++;
    }
    return prefixes == MOST_PREFIXES || (code & 0x38ff) == 0x108e;
}

#elif defined(__aarch64__)

#define CAN_STEP 1
typedef struct user_regs_struct registers;

static bool
prepare_call(pid_t pid, registers *r, uint64_t function, const uint64_t arguments[2]) {
    int none = -1;
    struct iovec call = {&none, sizeof(none)};
    r->pc = function;
    r->regs[0] = arguments[0];
    r->regs[1] = arguments[1];
    r->regs[30] = RETURN_TO;
    r->sp = (r->sp - STACK_GAP) & ~UINT64_C(15);
    return ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &call) == 0;
}

static uint64_t
place(const registers *r) {
    return r->pc;
}

static uint64_t
returned(const registers *r) {
    return r->regs[0];
}

static bool
hides_next(pid_t pid, const registers *r) {
    (void)pid;
    (void)r;
    return false;
}

#else
#define CAN_STEP 0
#endif

#if CAN_STEP

static void
wait_is_over(int number) {
    (void)number;
}

/* Until it stops, for WAIT_SECONDS at most; false: it is not stopped by that signal. */
static bool
stopped_by(struct child *c, int number) {
    int status;
    if (waitpid(c->pid, &status, __WALL) != c->pid) {
        return false;
    }
    if (!WIFSTOPPED(status)) {
        c->pid = 0;
        return false;
    }
    return WSTOPSIG(status) == number;
}

static bool
move(enum __ptrace_request request, pid_t pid, registers *r) {
    struct iovec all = {r, sizeof(*r)};
    return ptrace(request, pid, NT_PRSTATUS, &all) == 0;
}

const char *
steps_begin(struct stepper *s, struct child *child, uint64_t most) {
    *s = (struct stepper){.child = child, .most = most};
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = wait_is_over}, NULL);
    if (ptrace(PTRACE_SEIZE, child->pid, 0, PTRACE_O_EXITKILL) != 0 ||
        ptrace(PTRACE_INTERRUPT, child->pid, 0, 0) != 0) {
        return strerror(errno);
    }
    return stopped_by(child, SIGTRAP) ? NULL : "the child does not stop";
}

uint64_t
steps_member(const struct stepper *s, size_t offset) {
    return (uint64_t)ptrace(PTRACE_PEEKDATA, s->child->pid, s->child->wire->manager + offset, 0);
}

static enum steps_end
step_to_return(struct stepper *s, registers *r) {
    while (s->steps < s->most) {
        s->steps += hides_next(s->child->pid, r) ? 2 : 1;
        if (ptrace(PTRACE_SINGLESTEP, s->child->pid, 0, 0) != 0 || !stopped_by(s->child, SIGTRAP) ||
            !move(PTRACE_GETREGSET, s->child->pid, r)) {
            return STEPS_DIED;
        }
        if (place(r) == RETURN_TO) {
            return STEPS_RETURNED;
        }
    }
    return STEPS_MOST;
}

enum steps_end
steps_call(struct stepper *s, uint64_t function, const uint64_t arguments[2], uint64_t *answer) {
    registers before, r;
    pid_t pid = s->child->pid;
    if (pid == 0 || !move(PTRACE_GETREGSET, pid, &before)) {
        return STEPS_DIED;
    }
    r = before;
    if (!prepare_call(pid, &r, function, arguments) || !move(PTRACE_SETREGSET, pid, &r)) {
        return STEPS_DIED;
    }
    alarm(WAIT_SECONDS);
    enum steps_end end = step_to_return(s, &r);
    alarm(0);
    *answer = returned(&r);
    if (end == STEPS_RETURNED && !move(PTRACE_SETREGSET, pid, &before)) {
        return STEPS_DIED;
    }
    return end;
}

#else

const char *
steps_begin(struct stepper *s, struct child *child, uint64_t most) {
    *s = (struct stepper){.child = child, .most = most};
    return "not on this processor";
}

uint64_t
steps_member(const struct stepper *s, size_t offset) {
    (void)s;
    (void)offset;
    return 0;
}

enum steps_end
steps_call(struct stepper *s, uint64_t function, const uint64_t arguments[2], uint64_t *answer) {
    (void)s;
    (void)function;
    (void)arguments;
    *answer = 0;
    return STEPS_DIED;
}

#endif
