/* check_processes.c - see check_processes.h. */
#include "check_processes.h"
#include "check_pgdir.h"
#include "error.h"
#include "intr.h"
#include "kmalloc.h"
#include "proc.h"
#include "stdio.h"
#include "wait.h"

#define THREADS 3

static struct {
    size_t n;              /* threads that take turns */
    size_t turns[THREADS]; /* that each has had */
    struct wait_queue queue;
    size_t woken;
} check;

/* Each has had as many turns as every other, or one more or less. */
static int
take_turns(void *arg) {
    size_t *mine = arg;
    for (size_t i = 0; i < 10; i++) {
        for (size_t other = 0; other < check.n; other++) {
            assert(check.turns[other] + 1 >= *mine && check.turns[other] <= *mine + 1);
        }
        ++*mine;
        do_yield();
    }
    return (int)*mine;
}

static int
wait_for_the_others(void *arg) {
    (void)arg;
    int error = wait_on(&check.queue, "check");
    check.woken++;
    return error;
}

/* The others wait by the time that it runs, as they were made before it. */
static int
wake_them(void *arg) {
    int error = do_sleep(0);
    wake_one(&check.queue);
    do_yield();
    assert(check.woken == 1);
    wake_all(&check.queue);
    return error + *(int *)arg;
}

/* The statuses of all children, added; an error if there is one. */
static int
wait_for_all(void) {
    int sum = 0, status;
    while (do_wait(0, &status) > 0) {
        sum += status;
    }
    return sum;
}

/* None of them runs before the current process waits. */
static int
run_turns(void) {
    int pid = 0;
    for (check.n = 0; check.n < THREADS; check.n++) {
        check.turns[check.n] = 0;
        pid = kernel_thread("turns", take_turns, &check.turns[check.n]);
        if (pid < 0) {
            break;
        }
    }
    int sum = wait_for_all();
    assert(sum == (int)check.n * 10);
    return pid < 0 ? pid : 0;
}

static int
run_waits(void) {
    static int seven = 7;
    wait_queue_init(&check.queue);
    check.woken = 0;
    int pid = 0;
    for (size_t i = 0; i < 2 && pid >= 0; i++) {
        pid = kernel_thread("waits", wait_for_the_others, NULL);
    }
    if (pid >= 0) {
        pid = kernel_thread("wakes", wake_them, &seven);
    }
    if (pid < 0) { /* nobody else would wake them */
        do_yield();
        wake_all(&check.queue);
    }
    int sum = wait_for_all();
    assert(pid < 0 || (sum == seven && check.woken == 2));
    return pid < 0 ? pid : 0;
}

int
check_processes(void) {
    kmem_shrink();
    size_t before = pages_in_use();
    int error = run_turns();
    if (error == 0) {
        error = run_waits();
    }
    assert(do_wait(0, NULL) == -E_BAD_PROC && do_kill(0) == -E_INVAL);
    kmem_shrink();
    assert(pages_in_use() == before);
    cprintf("check_processes() %s\n", error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}
