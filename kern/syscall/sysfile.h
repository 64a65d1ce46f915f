/* sysfile.h - the system calls on files: arguments as the program gave them. */
#ifndef KERN_SYSCALL_SYSFILE_H
#define KERN_SYSCALL_SYSFILE_H

#include "defs.h"

struct trapframe;

typedef int64_t (*call_t)(const uint64_t arg[5], struct trapframe *tf);

int64_t sys_exec(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_open(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_close(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_read(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_write(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_seek(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_fstat(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_fsync(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_getcwd(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_getdirentry(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_dup(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_chdir(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_mkdir(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_unlink(const uint64_t arg[5], struct trapframe *tf);
int64_t sys_pipe(const uint64_t arg[5], struct trapframe *tf);

#endif
