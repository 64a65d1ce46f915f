/* ps.c - see ps.h. */
#include "ps.h"
#include "file.h"
#include "proc.h"
#include "stdio.h"

struct out {
    putch_t putch;
    void *arg;
};

static const char *
state_of(const struct proc_struct *proc) {
    return proc->state == PROC_ZOMBIE     ? "ended"
           : proc == current              ? "runs"
           : proc->state == PROC_RUNNABLE ? "can run"
                                          : "sleeps";
}

static void
print_process(const struct proc_struct *proc, void *arg) {
    const struct out *out = arg;
    struct mm_stat stat = {0};
    if (proc->mm != NULL) {
        mm_stat(proc->mm, &stat);
    }
    printfmt(out->putch, out->arg, "%5d %6d %5d %-7s %-12s %8u %6zu %6zu %s\n", proc->pid,
             proc->parent == NULL ? 0 : proc->parent->pid, proc->group, state_of(proc),
             proc->waits_for == NULL ? "-" : proc->waits_for, proc->sched.priority, stat.present,
             stat.shared, proc->name);
}

void
ps_print(putch_t putch, void *arg) {
    struct out out = {putch, arg};
    printfmt(putch, arg, "  pid parent group state   waits for    priority  pages shared name\n");
    proc_for_each(print_process, &out);
}

void
ps_init(void) {
    if (fs_add_text("processes", ps_print) != 0) {
        cprintf("warning  no memory for /dev/processes\n");
    }
}
