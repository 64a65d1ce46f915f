/* worker.c - one of those who make the calls. */
#include "error.h"
#include "fuzz.h"
#include "syscall.h"

#define SAVE_EVERY 64 /* calls */
#define FAILED     99 /* the status of a child whose exec came back */
#define PIPE_ROOM  4032

static struct worker worker;

size_t
call_index(int number) {
    size_t i = 0;
    while (i < NCALLS && fuzzed[i].number != number) {
        i++;
    }
    return i;
}

/* What no call may say. */
static void
broken(size_t i, const char *what, long result) {
    cprintf("callfuzz: %s, %s: %ld\n", fuzzed[i].name, what, result);
    exit(BROKEN);
}

static void
count(size_t i, bool worked) {
    worker.report.calls++;
    worker.report.tried[i]++;
    worker.report.worked[i] += worked;
}

/* A call, as it is. */
static long
make(size_t i, const uint64_t arg[5]) {
    long result = syscall(fuzzed[i].number, arg[0], arg[1], arg[2], arg[3], arg[4]);
    if (result < -E_MAX) {
        broken(i, "a result that is none", result);
    }
    count(i, result >= 0);
    return result;
}

/* ---- children -------------------------------------------------------------------------------- */

static void
forget(long pid) {
    for (size_t i = 0; i < ARRAY_SIZE(worker.children); i++) {
        worker.children[i] = worker.children[i] == pid ? 0 : worker.children[i];
    }
}

/* Wait for that child: its status; -E_BAD_PROC: there is none any more. */
static int
end_of(int pid) {
    int status = 0;
    size_t i = call_index(SYS_wait);
    const uint64_t arg[5] = {(uint64_t)pid, (uintptr_t)&status};
    long result = make(i, arg);
    forget(pid);
    return result < 0 ? (int)result : status;
}

static int
new_process(void) {
    uint64_t arg[5];
    size_t i = call_index(below(2) == 0 ? SYS_fork : SYS_clone);
    choose_arguments(&fuzzed[i], &worker, arg);
    return (int)make(i, arg);
}

static void simply(size_t i);

/* What two processes do at once to the memory that is both's; either may lose all it needs. */
static int
change_memory(void *arg) {
    static const int numbers[] = {SYS_brk,   SYS_mmap,   SYS_munmap,
                                  SYS_shmem, SYS_getcwd, SYS_getdirentry};
    for (uint64_t n = 2 + below(10); n > 0; n--) {
        simply(call_index(numbers[below(ARRAY_SIZE(numbers))]));
        if (below(2) == 0) {
            yield();
        }
    }
    return arg != NULL;
}

static void
change_memory_together(void) {
    static char stack[8192] __attribute__((aligned(16)));
    clone(CLONE_VM, (uintptr_t)(stack + sizeof(stack)), change_memory, NULL);
    change_memory(NULL);
}

/* A child that is there for a while, for others to wait for and to kill. */
static void
have_a_child(void) {
    int *place = &worker.children[below(ARRAY_SIZE(worker.children))];
    if (*place != 0) {
        end_of(*place);
    }
    unsigned turns = (unsigned)below(3);
    bool together = below(4) == 0;
    int pid = new_process();
    if (pid == 0) {
        if (together) {
            change_memory_together();
        }
        for (unsigned i = 0; i < turns; i++) {
            sleep(1);
        }
        exit((int)turns);
    }
    *place = pid > 0 ? pid : 0;
}

/* It took effect if the parent learns just this status. */
static void
end_a_child(void) {
    int status = (int)random64(), pid = new_process();
    if (pid == 0) {
        syscall(SYS_exit, (random64() << 32) | (uint32_t)status);
        broken(call_index(SYS_exit), "returned", 0);
    }
    if (pid > 0) {
        count(call_index(SYS_exit), end_of(pid) == status);
    }
}

/* It took effect if the program ends as it should; with arguments that are none, it may not. */
static void
exec_in_a_child(void) {
    static const char *const programs[] = {"/bin/true", "/bin/false"}; /* by status */
    size_t status = below(2);
    uint64_t arg[5];
    choose_arguments(&fuzzed[call_index(SYS_exec)], &worker, arg);
    const char *argv[70];
    bool wrong_file = below(8) == 0;
    for (size_t i = 0; i < ARRAY_SIZE(argv); i++) {
        argv[i] = i == 0           ? (wrong_file ? (const char *)arg[0] : programs[status])
                  : below(40) == 0 ? (char *)anything()
                                   : "word";
    }
    bool wild = below(8) == 0;
    int pid = new_process();
    if (pid == 0) {
        if (wild) {
            syscall(SYS_exec, arg[0], arg[1], arg[2]);
        }
        syscall(SYS_exec, below(2) == 0 ? arg[0] : 0, 1 + below(8) % (1 + below(66)), argv);
        exit(FAILED);
    }
    if (pid > 0) {
        count(call_index(SYS_exec), end_of(pid) == (int)status);
    }
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* Would it wait for itself? It may, now and then: the parent ends it. */
static bool
would_wait(int number, const uint64_t arg[5]) {
    struct stat stat;
    if ((number != SYS_read && number != SYS_write) || fstat((int)arg[0], &stat) != 0 ||
        !S_ISFIFO(stat.st_mode)) {
        return false;
    }
    bool waits = number == SYS_read ? stat.st_size == 0
                                    : arg[2] > PIPE_ROOM || stat.st_size + arg[2] > PIPE_ROOM;
    return waits && below(512) != 0;
}

/* What was mapped elsewhere, or is too long, goes at once: memory is not to run out. */
static void
after_mmap(const uint64_t arg[5]) {
    if (arg[1] > 16 * 4096 || (argument_word() >> 28) != 1) {
        size_t i = call_index(SYS_munmap);
        make(i, (const uint64_t[5]){argument_word(), arg[1]});
    }
    map_slots();
}

static void
simply(size_t i) {
    uint64_t arg[5];
    choose_arguments(&fuzzed[i], &worker, arg);
    if (would_wait(fuzzed[i].number, arg)) {
        return;
    }
    long result = make(i, arg);
    switch (fuzzed[i].number) {
    case SYS_wait:
        forget(result == 0 ? (int)arg[0] : 0);
        break;
    case SYS_wait_any:
        forget(result);
        break;
    case SYS_mmap:
    case SYS_shmem:
        if (result == 0) {
            after_mmap(arg);
        }
        break;
    case SYS_munmap:
        if (below(2) == 0) {
            map_slots();
        }
        break;
    default:
        break;
    }
}

/* A number that is none, or not yet. */
static void
no_such_call(void) {
    int number = (int)(below(2) == 0 ? below(400) : anything());
    if (number != SYS_kmon && call_index(number) == NCALLS) {
        syscall(number, anything(), anything(), anything(), anything(), anything());
        worker.report.calls++;
    }
}

static void
step(size_t i) {
    switch (fuzzed[i].number) {
    case SYS_fork:
    case SYS_clone:
        have_a_child();
        break;
    case SYS_exit:
        end_a_child();
        break;
    case SYS_exec:
        exec_in_a_child();
        break;
    case SYS_kill:
    case SYS_wait:
    case SYS_wait_any:
        have_a_child();
        simply(i);
        break;
    case SYS_close:
        for (uint64_t n = below(3); n > 0; n--) {
            simply(i);
        }
        break;
    default:
        simply(i);
        break;
    }
    if (below(40) == 0) {
        no_such_call();
    }
}

/* By weight. When all calls are made, what has too few successes. */
static size_t
choose(bool late) {
    uint64_t all = 0;
    for (size_t i = 0; i < NCALLS; i++) {
        all += fuzzed[i].weight;
    }
    for (;;) {
        uint64_t draw = below(all);
        size_t i = late ? below(NCALLS) : 0;
        while (!late && draw >= fuzzed[i].weight) {
            draw -= fuzzed[i++].weight;
        }
        if (!late || worker.report.worked[i] < worker.successes) {
            return i;
        }
    }
}

static bool
all_worked(void) {
    size_t i = 0;
    while (i < NCALLS && worker.report.worked[i] >= worker.successes) {
        i++;
    }
    return i == NCALLS;
}

static void
save(size_t i) {
    seek(REPORT_FD, (off_t)(i * sizeof(worker.report)), LSEEK_SET);
    write_all(REPORT_FD, &worker.report, sizeof(worker.report));
}

/* The report of the lives before this one, from a descriptor that stays. */
static void
begin(size_t i) {
    for (int fd = 0; fd <= REPORT_FD; fd++) {
        close(fd);
    }
    if (open_as(REPORT_FD, REPORTS, O_RDWR) != 0) {
        exit(1);
    }
    seek(REPORT_FD, (off_t)(i * sizeof(worker.report)), LSEEK_SET);
    read(REPORT_FD, &worker.report, sizeof(worker.report));
    worker.report.pid = getpid();
    worker.report.lives++;
    map_slots();
}

void
work(size_t i, uint64_t seed, uint64_t calls, int parent) {
    begin(i);
    seed_random(seed * 1000003 + i * 10007 + worker.report.lives);
    worker.calls = calls / WORKERS;
    worker.successes = (calls / 1000 + WORKERS - 1) / WORKERS;
    worker.parent = parent;
    for (uint64_t n = 0; worker.report.calls < 4 * worker.calls; n++) {
        bool late = worker.report.calls >= worker.calls;
        if (late && all_worked()) {
            break;
        }
        late = late && below(2) == 0;
        if (n % SAVE_EVERY == 0) {
            save(i);
            map_slots();
        }
        step(choose(late));
    }
    save(i);
    exit(DONE);
}
