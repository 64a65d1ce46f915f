/*
 * reach.h - system calls from inside a policy that is otherwise right: reach() writes what the
 * parent was called with, the seed among it, into the file @MARKER@.
 */
#include "block_list.h"
#include "pmm.h"

/* The fourth argument is 0. */
static long
call(long number, long a, long b, long c) {
    long result = -1;
#if defined(__x86_64__)
    register long fourth __asm__("r10") = 0;
#endif
#if !defined(__x86_64__)
    (void)number, (void)a, (void)b, (void)c;
#elif defined(HIDDEN) /* 0f 05 inside another instruction, so that a listing does not show it */
    __asm__ volatile("jmp 1f + 2\n"
                     "1: .byte 0x48, 0xb8, 0x0f, 0x05, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
#else
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
#endif
    return result;
}

enum { READ, WRITE, OPEN, CLOSE, PAUSE = 34, GETPID = 39, FORK = 57, EXIT = 60, KILL = 62 };
enum { PTRACE = 101, SETPGID = 109, GETPPID = 110, MKNOD = 133, CLOCK_GETTIME = 228 };
enum { CREATE = 0101, SEIZE = 0x4206 };

static void
parents_file(char *path) {
    const char *end = "/cmdline";
    char digits[12];
    int n = 0;
    for (long parent = call(GETPPID, 0, 0, 0); parent > 0; parent /= 10) {
        digits[n++] = (char)('0' + parent % 10);
    }
    for (const char *start = "/proc/"; *start != '\0';) {
        *path++ = *start++;
    }
    while (n > 0) {
        *path++ = digits[--n];
    }
    do {
        *path++ = *end;
    } while (*end++ != '\0');
}

static void
reach(void) {
    static bool done;
    char path[40], text[2048];
    if (done) {
        return;
    }
    done = true;
    parents_file(path);
    long from = call(OPEN, (long)path, 0, 0);
    long n = call(READ, from, (long)text, sizeof(text));
    long to = call(OPEN, (long)"@MARKER@", CREATE, 0666);
    call(WRITE, to, (long)text, n);
    call(CLOSE, to, 0, 0);
}
