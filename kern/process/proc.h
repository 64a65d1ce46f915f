/*
 * proc.h - processes: how they begin, wait, run in turn and end.
 *
 * A process is a kernel stack and, if it is not one of the kernel's own, an
 * address space. The kernel is never interrupted for the sake of another process:
 * one runs in it until it waits, yields, ends or goes back to its program, which the
 * timer takes the hart from when its time is up. So what is shared by processes
 * alone needs no lock; what interrupts touch is changed with interrupts off.
 *
 *   Q1  a process is RUNNABLE and either `current` or in the run queue; or SLEEPING
 *       and in neither, and somebody knows when to wake it; or a ZOMBIE, which has
 *       nothing left but its kernel stack and its status for its parent.
 *   Q2  every process but idle has a parent; that of an orphan is init.
 *   Q3  a process that is killed does not sleep any more, but comes to its end.
 */
#ifndef KERN_PROCESS_PROC_H
#define KERN_PROCESS_PROC_H

#include "sched.h"
#include "trap.h"
#include "vmm.h"

#define PROC_NAME_LEN 31
#define MAX_PROCESSES 4000
#define MAX_PID       32767

enum proc_state { PROC_SLEEPING, PROC_RUNNABLE, PROC_ZOMBIE };

/* What a call keeps: switch.S knows the order. */
struct context {
    uint64_t ra, sp, s[12];
};

struct proc_struct {
    int pid;
    enum proc_state state;
    int group;             /* the pid of the first of those that are ended together */
    bool killed;           /* it ends as soon as it can */
    int status;            /* of a zombie: what it gave to exit, or a negative error */
    const char *waits_for; /* while it sleeps, in a word */
    uint64_t wake_tick;    /* while it is in the list of sleepers */
    struct sched_entity sched;
    struct mm_struct *mm; /* NULL: one of the kernel's own */
    struct files *files;  /* NULL: likewise */
    uintptr_t kstack;     /* its top; 0: the boot stack */
    struct context context;
    struct proc_struct *parent;
    list_entry_t children,
        sibling;         /* the children, zombies included; where it is among its parent's */
    list_entry_t all;    /* every process, by age */
    list_entry_t timer;  /* in the list of sleepers, or by itself */
    list_entry_t waiter; /* in a wait queue, or by itself: woken */
    char name[PROC_NAME_LEN + 1];
};

/* Never NULL once proc_init has run. */
extern struct proc_struct *current;

/* The caller becomes idle, process 0, which runs when nobody else can. */
void proc_init(void);

/*
 * A process of the kernel's own, a child of `parent`, that runs work(arg) and ends with what it
 * returns. Its pid; -E_NO_MEM, -E_NO_FREE_PROC.
 */
int kernel_thread(const char *name, int (*work)(void *arg), void *arg);

/*
 * A child that is a copy of the current process, and returns by `tf` with a0 = 0 and, unless 0,
 * the stack pointer `stack`; with CLONE_VM in `flags`, it has the same address space. Its pid;
 * -E_NO_MEM, -E_NO_FREE_PROC.
 */
int do_fork(uint32_t flags, uintptr_t stack, const struct trapframe *tf);

/* The current process ends. What it has is given back; its children become init's. */
__noreturn void do_exit(int status);

/*
 * Wait until a child has ended, `pid` or, with 0 or less, any; its pid, and in
 * *status, unless NULL, its status. -E_BAD_PROC: there is none; -E_KILLED.
 */
int do_wait(int pid, int *status);

/* It comes to its end. -E_BAD_PROC: there is none; -E_INVAL: it is one of the kernel's own. */
int do_kill(int pid);

/* All of that group but those of the kernel's own. */
void kill_group(int group);

/* Sleep for so many ticks. 0, or -E_KILLED. */
int do_sleep(uint64_t ticks);

/* The current process is init from now on, until it ends. */
void proc_adopt_orphans(void);

/* Which group ^C ends; 0: none. */
void proc_set_foreground(int group);

/* Is what is typed for programs, from the next tick on? Else it is the monitor's. Returns as it
 * was. */
bool proc_take_typing(bool on);

/* Let others run first. */
void do_yield(void);

/* Run somebody else; the caller has seen to it that `current` is where Q1 says. */
void schedule(void);

/*
 * The current process sleeps until proc_wake, which it returns after. -E_KILLED: it is, or
 * was meanwhile. Interrupts are off from when the caller looked to the call.
 */
int proc_block(const char *waits_for);
void proc_wake(struct proc_struct *proc);

/* The process with that pid, or NULL. O(processes). */
struct proc_struct *find_proc(int pid);

/* Every process, by age; while nobody begins or ends. */
void proc_for_each(void (*visit)(const struct proc_struct *proc, void *arg), void *arg);

#endif
