/*
 * leakcheck.c - a program is given what it asked for, and nothing else of the kernel's.
 *
 * Every buffer that a system call fills holds MINE before. It shows most in a kernel that fills
 * what it gives away, pages, objects and its own stacks (make SAN=address).
 */
#include "leakcheck/registers.h"
#include "syscall.h"
#include "tool.h"

#define MINE  0x11
#define DIRTY 0x5a
#define PAGE  4096
#define PAGES 64
#define FILE  "/tmp/leakcheck"

static uint8_t buffer[PAGE + 64];
static const char *now; /* what is being looked at */

static void
expect(bool right, const char *what, uint64_t value) {
    if (!right) {
        panic("%s: %s: %#lx", now, what, (unsigned long)value);
    }
}

static void
all_are(const void *at, size_t from, size_t to, uint8_t byte, const char *what) {
    for (size_t i = from; i < to; i++) {
        expect(((const uint8_t *)at)[i] == byte, what, ((const uint8_t *)at)[i]);
    }
}

static void
prepare(const char *what) {
    now = what;
    memset(buffer, MINE, sizeof(buffer));
}

/* Only the first n bytes were written to. */
static void
nothing_behind(size_t n) {
    all_are(buffer, n, sizeof(buffer), MINE, "a byte behind the result");
}

/* ---- registers ------------------------------------------------------------------------------- */

static void
registers_at_start(void) {
    now = "the start";
    for (size_t i = 0; i < REGISTERS; i++) {
        if (i != SP && i != A0 && i != A1) {
            expect(at_start[i] == 0, "a register", at_start[i]);
        }
    }
    uintptr_t sp = at_start[SP], page = sp / PAGE * PAGE;
    all_are((void *)page, 0, sp - page - 12, 0, "the page of the stack, below it");
}

static void
choose_registers(uint64_t in[REGISTERS], long number, uint64_t a1, uint64_t a2, uint64_t a3) {
    for (size_t i = 0; i < REGISTERS; i++) {
        in[i] = 0x0123456789abcd00 + i;
    }
    in[A0] = (uint64_t)number;
    in[A1] = a1;
    in[A1 + 1] = a2;
    in[A1 + 2] = a3;
}

static void
registers_across_calls(void) {
    static const long numbers[] = {SYS_yield,        SYS_sleep,  SYS_getpid, SYS_fstat,
                                   SYS_pgdir + 1000, SYS_getcwd, SYS_read,   SYS_wait};
    uint64_t in[REGISTERS], out[REGISTERS];
    for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
        prepare("a call");
        choose_registers(in, numbers[n], 1, (uintptr_t)buffer, 8);
        call_with(in, out);
        for (size_t i = 1; i < REGISTERS; i++) {
            expect(i == SP || i == A0 || in[i] == out[i], "a register", out[i]);
        }
    }
}

/* This program once more, with something in every register before. */
static void
registers_across_exec(void) {
    static const char *argv[] = {"/bin/leakcheck", "again"};
    uint64_t in[REGISTERS], out[REGISTERS];
    choose_registers(in, SYS_exec, 0, ARRAY_SIZE(argv), (uintptr_t)argv);
    call_with(in, out);
    expect(false, "exec", out[A0]);
}

/* ---- what calls write ------------------------------------------------------------------------ */

static void
status_of_files(int fd) {
    prepare("fstat");
    struct stat stat;
    expect(fstat(fd, (struct stat *)buffer) == 0, "it fails", 0);
    nothing_behind(sizeof(stat));
    memcpy(&stat, buffer, sizeof(stat));
    all_are(buffer, sizeof(stat.st_mode), offsetof(struct stat, st_nlinks), 0, "padding");
    expect((stat.st_mode & ~S_IFMT) == 0 && stat.st_nlinks <= 1, "mode and links", stat.st_mode);
    expect(stat.st_size < 1 << 20 && stat.st_blocks <= 256, "size", stat.st_size);
}

static void
entries_of(const char *path) {
    int error = 0, fd = open(path, O_RDONLY);
    struct dirent *entry = (struct dirent *)buffer;
    for (off_t offset = 0; error == 0; offset = entry->offset) {
        prepare("getdirentry");
        entry->offset = offset;
        error = (int)syscall(SYS_getdirentry, fd, entry);
        nothing_behind(error == 0 ? sizeof(*entry) : sizeof(entry->offset));
        if (error == 0) {
            size_t name = strnlen(entry->name, sizeof(entry->name));
            all_are(entry->name, name, sizeof(entry->name), 0, "behind the name");
        }
    }
    close(fd);
}

static void
pipes(void) {
    prepare("pipe");
    expect(pipe((int *)buffer) == 0, "it fails", 0);
    nothing_behind(2 * sizeof(int));
    int fd[2];
    memcpy(fd, buffer, sizeof(fd));
    status_of_files(fd[0]);
    prepare("read of a pipe");
    expect(write(fd[1], "abc", 3) == 3 && read(fd[0], buffer, PAGE) == 3, "it fails", 0);
    expect(memcmp(buffer, "abc", 3) == 0, "its bytes", buffer[0]);
    nothing_behind(3);
    close(fd[0]);
    close(fd[1]);
}

static void
status_of_children(void) {
    for (int any = 0; any < 2; any++) {
        int pid = fork();
        if (pid == 0) {
            exit(0x1234);
        }
        prepare("wait");
        int got = any ? wait_any((int *)buffer) : waitpid(pid, (int *)buffer);
        expect(got == (any ? pid : 0) && buffer[0] == 0x34 && buffer[1] == 0x12, "the status", 0);
        nothing_behind(sizeof(int));
    }
}

static void
words(void) {
    prepare("brk");
    memset(buffer, 0, sizeof(uintptr_t));
    expect(syscall(SYS_brk, buffer) == 0, "it fails", 0);
    nothing_behind(sizeof(uintptr_t));
    prepare("getcwd");
    expect(chdir("/tmp") == 0 && getcwd((char *)buffer, PAGE) == 0, "it fails", 0);
    expect(strcmp((char *)buffer, "/tmp") == 0, "the path", buffer[0]);
    nothing_behind(sizeof("/tmp"));
}

/* A file with a hole, of which the last page is not full. */
static void
contents_of_a_file(void) {
    static const char text[] = "text";
    int fd = open(FILE, O_RDWR | O_CREAT | O_TRUNC);
    expect(write_all(fd, text, 4) == 0 && seek(fd, 3 * PAGE, LSEEK_SET) >= 0, "writing", 0);
    expect(write_all(fd, text, 4) == 0 && seek(fd, 0, LSEEK_SET) >= 0, "writing", 0);
    status_of_files(fd);
    for (size_t at = 0; at <= 3 * PAGE; at += PAGE) {
        prepare("read of a file");
        int n = read(fd, buffer, PAGE);
        bool last = at == 3 * PAGE, has_text = last || at == 0;
        expect(n == (last ? 4 : PAGE), "so many bytes", (uint64_t)n);
        expect(!has_text || memcmp(buffer, text, 4) == 0, "its text", buffer[0]);
        all_are(buffer, has_text ? 4 : 0, (size_t)n, 0, "what was never written");
        nothing_behind((size_t)n);
    }
    prepare("read at the end");
    expect(read(fd, buffer, PAGE) == 0, "bytes", 0);
    nothing_behind(0);
    close(fd);
    unlink(FILE);
}

/* The same file twice, in pieces of different length. */
static void
contents_of(const char *path) {
    static uint8_t other[PAGE];
    int a = open(path, O_RDONLY), b = open(path, O_RDONLY), n;
    while ((n = read(a, other, PAGE)) > 0) {
        for (int done = 0; done < n;) {
            prepare(path);
            int part = n - done < 700 ? n - done : 700;
            expect(read(b, buffer, (size_t)part) == part, "too few bytes", (uint64_t)done);
            expect(memcmp(buffer, other + done, (size_t)part) == 0, "contents", (uint64_t)done);
            nothing_behind((size_t)part);
            done += part;
        }
    }
    status_of_files(a);
    close(a);
    close(b);
}

/* Made when it is opened: all of it can be printed. */
static void
text_of(const char *path) {
    int n, fd = open(path, O_RDONLY);
    status_of_files(fd);
    do {
        prepare(path);
        n = read(fd, buffer, 100);
        for (int i = 0; i < n; i++) {
            bool printed = buffer[i] == '\n' || (buffer[i] >= ' ' && buffer[i] <= '~');
            expect(printed, "a character", buffer[i]);
        }
        nothing_behind((size_t)n);
    } while (n > 0);
    close(fd);
}

/* ---- pages ----------------------------------------------------------------------------------- */

/* Somebody else's memory, that may be given to us next. */
static int
leave_dirt(void *arg) {
    uintptr_t at = 0;
    (void)arg;
    if (mmap(&at, 4 * PAGES * PAGE, MMAP_WRITE) == 0) {
        memset((void *)at, DIRTY, 4 * PAGES * PAGE);
    }
    return 0;
}

static void
new_pages(void) {
    uintptr_t at = 0, brk = 0, end = 0;
    waitpid(child(leave_dirt, NULL), NULL);
    now = "mmap";
    expect(mmap(&at, PAGES * PAGE, 0) == 0, "it fails", 0);
    all_are((void *)at, 0, PAGES * PAGE, 0, "a new page");
    now = "brk";
    expect(syscall(SYS_brk, &brk) == 0 && (end = brk + PAGES * PAGE) != 0, "it fails", 0);
    expect(syscall(SYS_brk, &end) == 0 && end >= brk + PAGES * PAGE, "it fails", 0);
    all_are((void *)brk, 0, PAGES * PAGE, 0, "a new page");
    now = "the stack";
    uintptr_t top = at_start[SP] / PAGE * PAGE;
    for (size_t i = 1; i <= PAGES; i++) {
        all_are((void *)(top - i * PAGE), 0, PAGE, 0, "a new page");
    }
}

/* What the linker put there is zero as well. */
static void
ends_of_segments(void) {
    extern char etext[], end[];
    now = "a page that the program has a part of";
    all_are(etext, 0, -(uintptr_t)etext % PAGE, 0, "behind its text");
    all_are(end, 0, -(uintptr_t)end % PAGE, 0, "behind its data");
}

int
main(int argc, char **argv) {
    (void)argv;
    registers_at_start();
    ends_of_segments();
    registers_across_calls();
    pipes();
    status_of_children();
    words();
    contents_of_a_file();
    contents_of("/bin/true");
    text_of("/dev/meminfo");
    text_of("/dev/processes");
    entries_of("/");
    entries_of("/tmp");
    entries_of("/bin");
    new_pages();
    if (argc == 1) {
        registers_across_exec();
    }
    cprintf("leakcheck pass.\n");
    return 0;
}
