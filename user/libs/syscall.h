/* syscall.h - a system call of libs/unistd.h, as it is. */
#ifndef USER_LIBS_SYSCALL_H
#define USER_LIBS_SYSCALL_H

#include "unistd.h"

/* Up to five integers or addresses. 0 or more, or a negative error of error.h. */
long syscall(long number, ...);

#endif
