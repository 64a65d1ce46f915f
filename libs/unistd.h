/*
 * unistd.h - the system calls, as programs and the kernel know them.
 *
 * The number is in a0, up to five arguments in a1..a5, the result in a0: 0 or more,
 * or a negative error of error.h. Addresses are below 2^31. Numbers up to 255 are
 * the course's.
 */
#ifndef LIBS_UNISTD_H
#define LIBS_UNISTD_H

#define SYS_exit         1 /* (int status) */
#define SYS_fork         2 /* (): 0 in the child, its pid in the parent */
#define SYS_wait         3 /* (int pid, int *status): 0; pid 0: any child */
#define SYS_exec         4 /* (const char *name, int argc, const char **argv): argv[0] is the file */
#define SYS_clone        5   /* (CLONE_ flags, stack): as fork, on that stack unless 0 */
#define SYS_yield        10  /* () */
#define SYS_sleep        11  /* (ticks of 10 ms) */
#define SYS_kill         12  /* (int pid) */
#define SYS_gettime      17  /* (): milliseconds since boot */
#define SYS_getpid       18  /* () */
#define SYS_brk          19  /* (uintptr_t *brk): 0 or too low: only asks */
#define SYS_mmap         20  /* (uintptr_t *addr, size_t len, MMAP_ flags); *addr 0: anywhere */
#define SYS_munmap       21  /* (uintptr_t addr, size_t len) */
#define SYS_shmem        22  /* the same, and children have the same pages */
#define SYS_putc         30  /* (int c): to the console */
#define SYS_pgdir        31  /* (): the page table, on the console */
#define SYS_open         100 /* (const char *path, O_ flags): a descriptor */
#define SYS_close        101 /* (fd) */
#define SYS_read         102 /* (fd, void *to, size_t n): bytes, 0: the end */
#define SYS_write        103 /* (fd, const void *from, size_t n): bytes */
#define SYS_seek         104 /* (fd, off_t, LSEEK_) */
#define SYS_fstat        110 /* (fd, struct stat *) */
#define SYS_fsync        111 /* (fd) */
#define SYS_getcwd       121 /* (char *to, size_t n) */
#define SYS_getdirentry  128 /* (fd, struct dirent *): 0, or there are no more */
#define SYS_dup          130 /* (fd, to): to -1: the lowest that is free */
#define SYS_set_priority 255 /* (unsigned): 1 on */

/* Ours. */
#define SYS_wait_any 300 /* (int *status): the pid of a child that ended */
#define SYS_chdir    301 /* (const char *path) */
#define SYS_mkdir    302 /* (const char *path) */
#define SYS_unlink   303 /* (const char *path) */
#define SYS_pipe     304 /* (int fd[2]): to read, to write */
#define SYS_setpgid  305 /* (int pid, int group): 0 is the caller, or a group of its own */
#define SYS_setfg    306 /* (int group): which ^C ends; only one's own session */
#define SYS_rawmode  307 /* (int on): the console gives each byte as it comes */
#define SYS_kmon     308 /* (): the kernel's monitor, until `exit` */

#define CLONE_VM 0x100 /* in the same address space */

#define MMAP_WRITE 0x100
#define MMAP_STACK 0x200

#define O_RDONLY  0
#define O_WRONLY  1
#define O_RDWR    2
#define O_ACCMODE 3
#define O_CREAT   4  /* make it if it is not there */
#define O_EXCL    8  /* with O_CREAT: it must not be there */
#define O_TRUNC   16 /* empty it */
#define O_APPEND  32 /* each write goes to the end */

#define LSEEK_SET 0
#define LSEEK_CUR 1
#define LSEEK_END 2

#endif
