/* own_runtime.c - a program that brings its run-time: calls whose arguments are words of 32 bits.
 */
#include "numbers.h"
#include <stdarg.h>
#include <stdio.h>

#define MAX_ARGS 5

static int
call(int number, ...) {
    va_list ap;
    int arg[MAX_ARGS], result;
    va_start(ap, number);
    for (int i = 0; i < MAX_ARGS; i++) {
        arg[i] = va_arg(ap, int);
    }
    va_end(ap);
    asm volatile("lw a0, %1\n"
                 "lw a1, %2\n"
                 "lw a2, %3\n"
                 "lw a3, %4\n"
                 "lw a4, %5\n"
                 "lw a5, %6\n"
                 "ecall\n"
                 "sw a0, %0"
                 : "=m"(result)
                 : "m"(number), "m"(arg[0]), "m"(arg[1]), "m"(arg[2]), "m"(arg[3]), "m"(arg[4])
                 : "a0", "a1", "a2", "a3", "a4", "a5", "memory");
    return result;
}

static void
put(int c, void *arg) {
    call(NUMBER_PUTC, c);
    (*(int *)arg)++;
}

int
cprintf(const char *fmt, ...) {
    va_list ap;
    int n = 0;
    va_start(ap, fmt);
    vprintfmt(put, &n, fmt, ap);
    va_end(ap);
    return n;
}

void
umain(int argc, char *argv[]) {
    static char text[] = "written\n";
    int pid = call(NUMBER_FORK), status = 0;
    if (pid == 0) {
        call(NUMBER_EXIT, 42);
    }
    int error = call(NUMBER_WAIT, pid, &status);
    int n = call(NUMBER_WRITE, 1, text, sizeof(text) - 1);
    cprintf("own run-time: %d arguments, the last is %s; child %d, %d; %d bytes\n", argc,
            argv[argc - 1], error, status, n);
    call(NUMBER_EXIT, argc);
}
