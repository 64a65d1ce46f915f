/*
 * callfuzz.c - `callfuzz [SEED] [CALLS]`: random system calls, from 8 processes at once.
 *
 * Passes when CALLS were made in all (a million, unless said otherwise), a thousandth as many of
 * each number succeeded, for exit and exec took effect, and the kernel is still there. A worker
 * that is ended, by what it did or by another one, begins another life; one that waits for what
 * will never come is ended by the watchdog.
 */
#include "callfuzz/fuzz.h"
#include "error.h"

#define LOOK_EVERY 10 /* ticks */
#define PATIENCE   4  /* looks, at a worker that makes no calls */
#define WATCHDOG   WORKERS

static uint64_t seed = 1, calls = 1000000;
static int pids[WORKERS + 1];

static bool
read_reports(int fd, struct report reports[WORKERS]) {
    const int bytes = (int)(WORKERS * sizeof(*reports));
    return seek(fd, 0, LSEEK_SET) >= 0 && read(fd, reports, (size_t)bytes) == bytes;
}

/* Until it is ended itself. */
static __noreturn void
watch(void) {
    static struct report reports[WORKERS];
    static struct {
        int64_t pid;
        uint64_t calls;
        unsigned looks;
    } seen[WORKERS];
    int fd = open(REPORTS, O_RDONLY);
    for (;;) {
        sleep(LOOK_EVERY);
        for (size_t i = 0; read_reports(fd, reports) && i < WORKERS; i++) {
            bool same = seen[i].pid == reports[i].pid && seen[i].calls == reports[i].calls;
            seen[i].looks = same ? seen[i].looks + 1 : 0;
            seen[i].pid = reports[i].pid;
            seen[i].calls = reports[i].calls;
            if (seen[i].looks == PATIENCE) {
                kill((int)seen[i].pid);
            }
        }
    }
}

static void
start(size_t i) {
    int parent = getpid();
    while ((pids[i] = fork()) < 0) {
        yield();
    }
    if (pids[i] == 0 && i == WATCHDOG) {
        watch();
    } else if (pids[i] == 0) {
        work(i, seed, calls, parent);
    }
}

/* Workers live again until they are done. 0, or what is wrong with one. */
static int
run_workers(void) {
    int status = 0, working = WORKERS, wrong = 0;
    for (size_t i = 0; i <= WORKERS; i++) {
        start(i);
    }
    while (working > 0) {
        int pid = wait_any(&status);
        size_t i = 0;
        while (i <= WORKERS && pids[i] != pid) {
            i++;
        }
        if (i < WORKERS && (status == DONE || status == BROKEN)) {
            wrong = status == BROKEN ? BROKEN : wrong;
            pids[i] = 0;
            working--;
        } else if (i <= WORKERS) {
            start(i);
        }
    }
    kill(pids[WATCHDOG]);
    waitpid(pids[WATCHDOG], NULL);
    return wrong;
}

/* The numbers of all workers together; how many are lower than they must be. */
static int
print_table(const struct report reports[WORKERS]) {
    uint64_t made = 0, lives = 0;
    int low = 0;
    cprintf("\n%-14s %10s %10s\n", "call", "made", "succeeded");
    for (size_t c = 0; c < NCALLS; c++) {
        uint64_t tried = 0, worked = 0;
        for (size_t i = 0; i < WORKERS; i++) {
            tried += reports[i].tried[c];
            worked += reports[i].worked[c];
        }
        bool few = worked < calls / 1000;
        low += few;
        cprintf("%-14s %10lu %10lu%s\n", fuzzed[c].name, (unsigned long)tried,
                (unsigned long)worked, few ? " too few" : "");
    }
    for (size_t i = 0; i < WORKERS; i++) {
        made += reports[i].calls;
        lives += reports[i].lives;
    }
    cprintf("seed %lu: %lu calls in %lu lives of %d workers\n", (unsigned long)seed,
            (unsigned long)made, (unsigned long)lives, WORKERS);
    return low + (made < calls);
}

int
main(int argc, char **argv) {
    static struct report reports[WORKERS];
    long n;
    if (argc > 1 && number(argv[1], 0, INT32_MAX, &n)) {
        seed = (uint64_t)n;
    }
    if (argc > 2 && number(argv[2], 1, INT32_MAX, &n)) {
        calls = (uint64_t)n;
    }
    int fd = open(REPORTS, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0 || write_all(fd, reports, sizeof(reports)) != 0) {
        return complain("%s cannot be written to", REPORTS);
    }
    int wrong = run_workers();
    setpgid(0, 0);
    setfg(getpid());
    rawmode(false);
    if (!read_reports(fd, reports)) {
        return complain("%s is lost", REPORTS);
    }
    unlink(REPORTS);
    if (print_table(reports) != 0 || wrong != 0) {
        return complain("failed");
    }
    cprintf("callfuzz pass.\n");
    return 0;
}
