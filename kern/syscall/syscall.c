/* syscall.c - the table of system calls, and those on processes and memory. */
#include "syscall.h"
#include "clock.h"
#include "error.h"
#include "print_pgdir.h"
#include "proc.h"
#include "stdio.h"
#include "sysfile.h"
#include "terminal.h"
#include "unistd.h"

#define UNUSED __attribute__((unused))
#define CALL(name)                                                                                 \
    static int64_t sys_##name(const uint64_t arg[5] UNUSED, struct trapframe *tf UNUSED)

CALL(exit) {
    do_exit((int)arg[0]);
}

CALL(fork) {
    return do_fork(0, 0, tf);
}

CALL(clone) {
    return do_fork((uint32_t)arg[0], arg[1], tf);
}

/* The status is stored after the child is gone: first see that it can be. */
static int64_t
wait_for(int pid, uintptr_t store) {
    int status = 0, error = 0;
    if (store != 0) {
        error = copy_from_user(current->mm, &status, store, sizeof(status));
    }
    if (error == 0 && store != 0) {
        error = copy_to_user(current->mm, store, &status, sizeof(status));
    }
    if (error != 0) {
        return error;
    }
    int ended = do_wait(pid, &status);
    if (ended > 0 && store != 0) {
        error = copy_to_user(current->mm, store, &status, sizeof(status));
    }
    return error != 0 ? error : ended;
}

CALL(wait) {
    int64_t ended = (int)arg[0] < 0 ? -E_BAD_PROC : wait_for((int)arg[0], arg[1]);
    return ended > 0 ? 0 : ended;
}

CALL(wait_any) {
    return wait_for(0, arg[0]);
}

CALL(yield) {
    do_yield();
    return 0;
}

CALL(sleep) {
    return do_sleep((uint32_t)arg[0]);
}

CALL(kill) {
    return do_kill((int)arg[0]);
}

CALL(gettime) {
    return (int64_t)clock_milliseconds();
}

CALL(getpid) {
    return current->pid;
}

/* What is asked for and what is granted go through the same word. */
CALL(brk) {
    uintptr_t brk;
    int error = copy_from_user(current->mm, &brk, arg[0], sizeof(brk));
    if (error == 0 && brk >= current->mm->brk_start) {
        error = mm_brk(current->mm, brk);
    }
    if (error == 0) {
        error = copy_to_user(current->mm, arg[0], &current->mm->brk, sizeof(brk));
    }
    return error;
}

/* Where *addr says, or where there is room: by `map`. */
static int64_t
map_at(const uint64_t arg[5], int (*map)(struct mm_struct *, uintptr_t, size_t, uint32_t)) {
    uintptr_t addr;
    struct mm_struct *mm = current->mm;
    int error = copy_from_user(mm, &addr, arg[0], sizeof(addr));
    if (error != 0) {
        return error;
    }
    size_t len = arg[1];
    if (len == 0 || len > USER_TOP || addr >= USER_TOP) {
        return -E_INVAL;
    }
    uint32_t flags = VM_READ | ((arg[2] & MMAP_WRITE) != 0 ? VM_WRITE : 0) |
                     ((arg[2] & MMAP_STACK) != 0 ? VM_STACK : 0);
    uintptr_t start = addr == 0 ? mm_find_free(mm, len) : ROUNDDOWN(addr, PGSIZE);
    uintptr_t end = ROUNDUP((addr == 0 ? start : addr) + len, PGSIZE);
    error = start == 0 ? -E_NO_MEM : copy_to_user(mm, arg[0], &start, sizeof(start));
    return error != 0 ? error : map(mm, start, end - start, flags);
}

CALL(mmap) {
    return map_at(arg, mm_map);
}

CALL(shmem) {
    return map_at(arg, mm_map_shared);
}

CALL(munmap) {
    uintptr_t addr = arg[0];
    size_t len = arg[1];
    if (len == 0 || len > USER_TOP || addr >= USER_TOP) {
        return -E_INVAL;
    }
    uintptr_t start = ROUNDDOWN(addr, PGSIZE);
    return mm_unmap(current->mm, start, ROUNDUP(addr + len, PGSIZE) - start);
}

CALL(putc) {
    cputchar((int)arg[0]);
    return 0;
}

CALL(pgdir) {
    print_pgdir(current->mm->pgdir);
    return 0;
}

CALL(set_priority) {
    uint32_t priority = (uint32_t)arg[0];
    current->sched.priority = priority == 0 ? 1 : priority > MAX_PRIORITY ? MAX_PRIORITY : priority;
    return 0;
}

/* Of the caller, or of one of its children. */
CALL(setpgid) {
    int pid = (int)arg[0], group = (int)arg[1];
    struct proc_struct *proc = pid == 0 ? current : find_proc(pid);
    if (group < 0) {
        return -E_INVAL;
    }
    if (proc == NULL || (proc != current && proc->parent != current)) {
        return -E_BAD_PROC;
    }
    proc->group = group == 0 ? proc->pid : group;
    return 0;
}

CALL(setfg) {
    if ((int)arg[0] < 0) {
        return -E_INVAL;
    }
    proc_set_foreground((int)arg[0]);
    return 0;
}

CALL(rawmode) {
    terminal_set_raw(arg[0] != 0);
    return 0;
}

static void (*kmon)(void);

void
syscall_set_monitor(void (*session)(void)) {
    kmon = session;
}

CALL(kmon) {
    if (kmon == NULL) {
        return -E_UNIMP;
    }
    bool took = proc_take_typing(false);
    kmon();
    proc_take_typing(took);
    return 0;
}

#undef CALL

static const call_t calls[] = {
    [SYS_exit] = sys_exit,
    [SYS_fork] = sys_fork,
    [SYS_clone] = sys_clone,
    [SYS_wait] = sys_wait,
    [SYS_wait_any] = sys_wait_any,
    [SYS_yield] = sys_yield,
    [SYS_sleep] = sys_sleep,
    [SYS_kill] = sys_kill,
    [SYS_gettime] = sys_gettime,
    [SYS_getpid] = sys_getpid,
    [SYS_brk] = sys_brk,
    [SYS_mmap] = sys_mmap,
    [SYS_munmap] = sys_munmap,
    [SYS_shmem] = sys_shmem,
    [SYS_putc] = sys_putc,
    [SYS_pgdir] = sys_pgdir,
    [SYS_set_priority] = sys_set_priority,
    [SYS_setpgid] = sys_setpgid,
    [SYS_setfg] = sys_setfg,
    [SYS_rawmode] = sys_rawmode,
    [SYS_kmon] = sys_kmon,
    [SYS_exec] = sys_exec,
    [SYS_open] = sys_open,
    [SYS_close] = sys_close,
    [SYS_read] = sys_read,
    [SYS_write] = sys_write,
    [SYS_seek] = sys_seek,
    [SYS_fstat] = sys_fstat,
    [SYS_fsync] = sys_fsync,
    [SYS_getcwd] = sys_getcwd,
    [SYS_getdirentry] = sys_getdirentry,
    [SYS_dup] = sys_dup,
    [SYS_chdir] = sys_chdir,
    [SYS_mkdir] = sys_mkdir,
    [SYS_unlink] = sys_unlink,
    [SYS_pipe] = sys_pipe,
};

int64_t
syscall(struct trapframe *tf) {
    const uint64_t arg[5] = {tf->a1, tf->a2, tf->a3, tf->a4, tf->a5};
    const uint64_t number = tf->a0;
    return number < ARRAY_SIZE(calls) && calls[number] != NULL ? calls[number](arg, tf) : -E_UNIMP;
}
