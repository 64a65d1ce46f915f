/* process.c - the calls of ulib.h on processes and memory. */
#include "syscall.h"
#include "ulib.h"

void
exit(int status) {
    for (;;) {
        syscall(SYS_exit, status);
    }
}

int
fork(void) {
    return (int)syscall(SYS_fork);
}

int
__exec(const char *name, const char **argv) {
    int argc = 0;
    while (argv[argc] != NULL) {
        argc++;
    }
    return (int)syscall(SYS_exec, name, argc, argv);
}

int
wait(void) {
    return waitpid(0, NULL);
}

int
waitpid(int pid, int *status) {
    return (int)syscall(SYS_wait, pid, status);
}

int
wait_any(int *status) {
    return (int)syscall(SYS_wait_any, status);
}

int
kill(int pid) {
    return (int)syscall(SYS_kill, pid);
}

int
getpid(void) {
    return (int)syscall(SYS_getpid);
}

void
yield(void) {
    syscall(SYS_yield);
}

int
sleep(unsigned ticks) {
    return (int)syscall(SYS_sleep, ticks);
}

unsigned
gettime_msec(void) {
    return (unsigned)syscall(SYS_gettime);
}

void
print_pgdir(void) {
    syscall(SYS_pgdir);
}

void
lab6_set_priority(uint32_t priority) {
    syscall(SYS_set_priority, priority);
}

void
lab6_setpriority(uint32_t priority) {
    lab6_set_priority(priority);
}

int
mmap(uintptr_t *at, size_t bytes, uint32_t flags) {
    return (int)syscall(SYS_mmap, at, bytes, flags);
}

int
shmem(uintptr_t *at, size_t bytes, uint32_t flags) {
    return (int)syscall(SYS_shmem, at, bytes, flags);
}

int
munmap(uintptr_t at, size_t bytes) {
    return (int)syscall(SYS_munmap, at, bytes);
}

int
setpgid(int pid, int group) {
    return (int)syscall(SYS_setpgid, pid, group);
}

int
setfg(int group) {
    return (int)syscall(SYS_setfg, group);
}

int
rawmode(bool on) {
    return (int)syscall(SYS_rawmode, on);
}
