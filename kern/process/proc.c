/* proc.c - see proc.h. */
#include "proc.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "intr.h"
#include "kmalloc.h"
#include "kstack.h"
#include "stdio.h"
#include "string.h"
#include "terminal.h"
#include "tlb.h"
#include "unistd.h"
#include "watchdog.h"

void switch_to(struct context *from, const struct context *to);
void process_entry(void);
__noreturn void process_return(int status);

struct proc_struct *current;

static void on_tick(void);

static struct {
    struct proc_struct idle;
    struct proc_struct *init; /* takes orphans in; idle until there is one */
    list_entry_t all, sleepers;
    size_t n;
    int last_pid, foreground;
    bool takes_typing;
    struct kmem_cache cache;
} procs;

static struct proc_struct *
entity2proc(struct sched_entity *entity) {
    return to_struct(entity, struct proc_struct, sched);
}

/* ---- who there is ---------------------------------------------------------------------------- */

struct proc_struct *
find_proc(int pid) {
    list_for_each (le, &procs.all) {
        struct proc_struct *proc = to_struct(le, struct proc_struct, all);
        if (proc->pid == pid) {
            return proc;
        }
    }
    return NULL;
}

void
proc_for_each(void (*visit)(const struct proc_struct *proc, void *arg), void *arg) {
    list_for_each (le, &procs.all) {
        visit(to_struct(le, struct proc_struct, all), arg);
    }
}

/* One that nobody has; MAX_PROCESSES is less than there are. */
static int
new_pid(void) {
    do {
        procs.last_pid = procs.last_pid == MAX_PID ? 1 : procs.last_pid + 1;
    } while (find_proc(procs.last_pid) != NULL);
    return procs.last_pid;
}

static void
set_up(struct proc_struct *proc, int pid, const char *name) {
    *proc = (struct proc_struct){.pid = pid, .state = PROC_RUNNABLE, .sched.priority = 1};
    list_init(&proc->children);
    list_init(&proc->timer);
    list_init(&proc->waiter);
    list_add_before(&procs.all, &proc->all);
    snprintf(proc->name, sizeof(proc->name), "%s", name);
    procs.n++;
}

void
proc_init(void) {
    list_init(&procs.all);
    list_init(&procs.sleepers);
    procs.last_pid = 0;
    procs.n = 0;
    kmem_cache_init(&procs.cache, "proc_struct", sizeof(struct proc_struct));
    set_up(&procs.idle, 0, "idle");
    procs.init = current = &procs.idle;
    clock_set_listener(on_tick);
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* A child of the current process, with a stack, that does not run yet; NULL: *error. */
static struct proc_struct *
new_child(const char *name, int *error) {
    *error = -E_NO_FREE_PROC;
    if (procs.n == MAX_PROCESSES) {
        return NULL;
    }
    *error = -E_NO_MEM;
    uintptr_t kstack = kstack_alloc();
    struct proc_struct *proc = kstack == 0 ? NULL : kmem_cache_alloc(&procs.cache);
    if (proc == NULL) {
        if (kstack != 0) {
            kstack_free(kstack);
        }
        return NULL;
    }
    set_up(proc, new_pid(), name);
    proc->kstack = kstack;
    proc->group = current->group;
    proc->parent = current;
    list_add_before(&current->children, &proc->sibling);
    return proc;
}

/* Of a process that ends, or never ran: all but what its parent needs. */
static void
give_back(struct proc_struct *proc) {
    struct mm_struct *mm = proc->mm;
    struct files *files = proc->files;
    proc->mm = NULL;
    proc->files = NULL;
    if (mm != NULL) {
        if (proc == current) {
            tlb_use_root(PADDR(boot_pgdir));
        }
        mm_destroy(mm);
    }
    files_destroy(files);
}

/* The rest. */
static void
free_proc(struct proc_struct *proc) {
    list_del(&proc->sibling);
    list_del(&proc->all);
    procs.n--;
    procs.last_pid = procs.n == 1 ? 0 : procs.last_pid; /* but idle, nobody is left */
    kstack_free(proc->kstack);
    kmem_cache_free(&procs.cache, proc);
}

static void
start(struct proc_struct *proc, int (*work)(void *), void *arg) {
    proc->context = (struct context){
        .ra = (uint64_t)process_entry, .sp = proc->kstack, .s = {(uint64_t)work, (uint64_t)arg}};
    sched_enqueue(&proc->sched);
}

int
kernel_thread(const char *name, int (*work)(void *arg), void *arg) {
    int error;
    struct proc_struct *proc = new_child(name, &error);
    if (proc == NULL) {
        return error;
    }
    start(proc, work, arg);
    return proc->pid;
}

/* The first thing that a new copy does: its frame lies at the top of its kernel stack. */
static int
return_to_program(void *frame) {
    trap_resume(frame);
}

int
do_fork(uint32_t flags, uintptr_t stack, const struct trapframe *tf) {
    int error;
    struct proc_struct *child = new_child(current->name, &error);
    if (child == NULL) {
        return error;
    }
    child->mm = (flags & CLONE_VM) != 0 ? mm_share(current->mm) : mm_dup(current->mm);
    child->files = child->mm == NULL ? NULL : files_dup(current->files);
    child->sched.priority = current->sched.priority;
    bool intr = intr_save(); /* kill_group does not see who has no memory yet */
    int pid = child->files == NULL ? -E_NO_MEM : current->killed ? -E_KILLED : child->pid;
    if (pid > 0) {
        struct trapframe *frame = (struct trapframe *)child->kstack - 1;
        *frame = *tf;
        frame->a0 = 0;
        frame->sp = stack == 0 ? tf->sp : stack;
        start(child, return_to_program, frame);
        child->context.sp = (uint64_t)frame;
    }
    intr_restore(intr);
    if (pid < 0) {
        give_back(child);
        free_proc(child);
    }
    return pid;
}

/* ---- taking turns ---------------------------------------------------------------------------- */

/* Nobody is in user mode: whoever runs next needs its own tables there. */
static void
use_tables_of(const struct proc_struct *proc) {
    uintptr_t root = PADDR(proc->mm == NULL ? boot_pgdir : proc->mm->pgdir);
    if (read_csr(satp) != tlb_satp(root)) {
        tlb_use_root(root);
    }
}

void
schedule(void) {
    bool intr = intr_save();
    struct proc_struct *from = current;
    if (from->state == PROC_RUNNABLE && from != &procs.idle) {
        sched_enqueue(&from->sched);
    }
    struct sched_entity *entity = sched_take_next();
    struct proc_struct *next = entity == NULL ? &procs.idle : entity2proc(entity);
    if (next != from) {
        current = next;
        use_tables_of(next);
        switch_to(&from->context, &next->context);
    }
    intr_restore(intr);
}

void
proc_adopt_orphans(void) {
    procs.init = current;
}

/* Typed: ^C. */
static bool
end_foreground(void) {
    bool any = procs.foreground != 0;
    if (any) {
        kill_group(procs.foreground);
    }
    return any;
}

void
proc_set_foreground(int group) {
    procs.foreground = group;
    terminal_set_interrupt(end_foreground);
}

bool
proc_take_typing(bool on) {
    bool was = procs.takes_typing;
    procs.takes_typing = on;
    return was;
}

void
do_yield(void) {
    schedule();
}

/* Idle cannot leave the hart: it lets others run, and sleeps with the hart. */
static void
idle_until_woken(void) {
    while (procs.idle.state == PROC_SLEEPING) {
        schedule();
        if (procs.idle.state == PROC_SLEEPING) {
            set_csr(sstatus, SSTATUS_SIE);
            wait_for_interrupt();
            intr_save();
        }
    }
}

int
proc_block(const char *waits_for) {
    bool intr = intr_save();
    if (!current->killed) {
        current->state = PROC_SLEEPING;
        current->waits_for = waits_for;
        if (current == &procs.idle) {
            idle_until_woken();
        } else {
            schedule();
        }
        current->waits_for = NULL;
    }
    intr_restore(intr);
    return current->killed ? -E_KILLED : 0;
}

void
proc_wake(struct proc_struct *proc) {
    bool intr = intr_save();
    if (proc->state == PROC_SLEEPING) {
        proc->state = PROC_RUNNABLE;
        if (proc != &procs.idle) {
            sched_enqueue(&proc->sched);
        }
    }
    intr_restore(intr);
}

/* The list of sleepers is in the order in which they wake. The present tick has begun: it is no
 * whole one. */
int
do_sleep(uint64_t ticks) {
    bool intr = intr_save();
    current->wake_tick = clock_ticks() + ticks + (ticks > 0);
    list_entry_t *le = list_prev(&procs.sleepers);
    while (le != &procs.sleepers &&
           to_struct(le, struct proc_struct, timer)->wake_tick > current->wake_tick) {
        le = list_prev(le);
    }
    list_add_after(le, &current->timer);
    int error = 0;
    while (error == 0 && clock_ticks() < current->wake_tick) {
        error = proc_block("time");
    }
    list_del_init(&current->timer);
    intr_restore(intr);
    return error;
}

/* At each tick, in an interrupt: sleepers whose time has come are woken. */
static void
on_tick(void) {
    watchdog_tick();
    list_entry_t *le;
    while ((le = list_next(&procs.sleepers)) != &procs.sleepers) {
        struct proc_struct *proc = to_struct(le, struct proc_struct, timer);
        if (proc->wake_tick > clock_ticks()) {
            break;
        }
        list_del_init(le);
        proc_wake(proc);
    }
    if (procs.takes_typing) {
        terminal_take_input();
    }
    if (current != &procs.idle) {
        sched_tick(&current->sched);
    }
}

/* ---- ending ---------------------------------------------------------------------------------- */

static const char a_child[] = "a child";

static void
give_children_to_init(void) {
    while (!list_empty(&current->children)) {
        list_entry_t *le = list_next(&current->children);
        struct proc_struct *child = to_struct(le, struct proc_struct, sibling);
        list_del(le);
        child->parent = procs.init;
        list_add_before(&procs.init->children, le);
        if (child->state == PROC_ZOMBIE && procs.init->waits_for == a_child) {
            proc_wake(procs.init);
        }
    }
}

void
do_exit(int status) {
    assert(current != &procs.idle);
    if (current == procs.init) {
        procs.init = &procs.idle;
    }
    intr_restore(true); /* in a trap they are off, and all that it has may be much */
    give_back(current);
    give_children_to_init();
    intr_save();
    current->status = status;
    current->state = PROC_ZOMBIE;
    if (current->parent->waits_for == a_child) {
        proc_wake(current->parent);
    }
    schedule();
    panic("process %d runs after its end", current->pid);
}

void
process_return(int status) {
    do_exit(status);
}

/* A zombie among the children, `pid` or any; *there: there is a child to wait for. */
static struct proc_struct *
ended_child(int pid, bool *there) {
    *there = false;
    list_for_each (le, &current->children) {
        struct proc_struct *child = to_struct(le, struct proc_struct, sibling);
        if (pid <= 0 || child->pid == pid) {
            *there = true;
            if (child->state == PROC_ZOMBIE) {
                return child;
            }
        }
    }
    return NULL;
}

int
do_wait(int pid, int *status) {
    for (;;) {
        bool there;
        struct proc_struct *child = ended_child(pid, &there);
        if (!there) {
            return -E_BAD_PROC;
        }
        if (child != NULL) {
            int ended = child->pid;
            if (status != NULL) {
                *status = child->status;
            }
            free_proc(child);
            return ended;
        }
        int error = proc_block(a_child);
        if (error != 0) {
            return error;
        }
    }
}

int
do_kill(int pid) {
    struct proc_struct *proc = find_proc(pid);
    if (proc == NULL || proc->state == PROC_ZOMBIE) {
        return -E_BAD_PROC;
    }
    if (proc->mm == NULL) {
        return -E_INVAL;
    }
    proc->killed = true;
    proc_wake(proc);
    return 0;
}

void
kill_group(int group) {
    list_for_each (le, &procs.all) {
        struct proc_struct *proc = to_struct(le, struct proc_struct, all);
        if (proc->group == group && proc->mm != NULL) {
            proc->killed = true;
            proc_wake(proc);
        }
    }
}
