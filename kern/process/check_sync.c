/*
 * check_sync.c - see check_sync.h.
 *
 * Source: E. W. Dijkstra, "Hierarchical Ordering of Sequential Processes", 1971.
 */
#include "check_sync.h"
#include "check_pgdir.h"
#include "condition.h"
#include "error.h"
#include "kmalloc.h"
#include "proc.h"
#include "stdio.h"

#define SEATS 5
#define MEALS 4
#define LEFT  (((i) + SEATS - 1) % SEATS)
#define RIGHT (((i) + 1) % SEATS)

static struct {
    enum { THINKS, HUNGRY, EATS } state[SEATS];
    size_t meals[SEATS];
    size_t most_at_once;
    struct semaphore mutex, may_eat[SEATS]; /* one way */
    struct sync_monitor monitor;            /* the other */
    struct condition can_eat[SEATS];
} table;

static void
eat(size_t i) {
    size_t eating = 0;
    assert(table.state[LEFT] != EATS && table.state[RIGHT] != EATS);
    for (size_t seat = 0; seat < SEATS; seat++) {
        eating += table.state[seat] == EATS;
    }
    table.most_at_once = eating > table.most_at_once ? eating : table.most_at_once;
    table.meals[i]++;
    do_yield();
    assert(table.state[i] == EATS && table.state[LEFT] != EATS && table.state[RIGHT] != EATS);
}

static bool
may_begin(size_t i) {
    return table.state[i] == HUNGRY && table.state[LEFT] != EATS && table.state[RIGHT] != EATS;
}

/* ---- by semaphores ---- */

static void
test_seat(size_t i) {
    if (may_begin(i)) {
        table.state[i] = EATS;
        sem_up(&table.may_eat[i]);
    }
}

static int
dine_by_semaphores(void *arg) {
    size_t i = (size_t)arg;
    int error = 0;
    for (size_t meal = 0; meal < MEALS; meal++) {
        error |= sem_down(&table.mutex);
        table.state[i] = HUNGRY;
        test_seat(i);
        sem_up(&table.mutex);
        error |= sem_down(&table.may_eat[i]);
        eat(i);
        error |= sem_down(&table.mutex);
        table.state[i] = THINKS;
        test_seat(LEFT);
        test_seat(RIGHT);
        sem_up(&table.mutex);
        do_yield();
    }
    return error;
}

/* ---- by a monitor ---- */

static int
dine_by_a_monitor(void *arg) {
    size_t i = (size_t)arg;
    int error = 0;
    for (size_t meal = 0; meal < MEALS; meal++) {
        error |= sync_monitor_enter(&table.monitor);
        table.state[i] = HUNGRY;
        while (!may_begin(i)) {
            error |= condition_wait(&table.can_eat[i]);
        }
        table.state[i] = EATS;
        sync_monitor_leave(&table.monitor);
        eat(i);
        error |= sync_monitor_enter(&table.monitor);
        table.state[i] = THINKS;
        condition_signal(&table.can_eat[LEFT]);
        condition_signal(&table.can_eat[RIGHT]);
        sync_monitor_leave(&table.monitor);
        do_yield();
    }
    return error;
}

static void
lay_the_table(void) {
    sem_init(&table.mutex, 1);
    sync_monitor_init(&table.monitor);
    table.most_at_once = 0;
    for (size_t i = 0; i < SEATS; i++) {
        table.state[i] = THINKS;
        table.meals[i] = 0;
        sem_init(&table.may_eat[i], 0);
        condition_init(&table.can_eat[i], &table.monitor);
    }
}

/* All who were seated eat and leave, however many there was memory for. */
static int
dine(int (*philosopher)(void *arg)) {
    lay_the_table();
    size_t seated = 0;
    while (seated < SEATS && kernel_thread("philosopher", philosopher, (void *)seated) > 0) {
        seated++;
    }
    int status;
    while (do_wait(0, &status) > 0) {
        assert(status == 0);
    }
    for (size_t i = 0; i < seated; i++) {
        assert(table.meals[i] == MEALS && table.state[i] == THINKS);
    }
    assert(seated < SEATS || table.most_at_once == SEATS / 2);
    return seated == SEATS ? 0 : -E_NO_MEM;
}

int
check_sync(void) {
    kmem_shrink();
    size_t before = pages_in_use();
    int error = dine(dine_by_semaphores);
    if (error == 0) {
        error = dine(dine_by_a_monitor);
    }
    kmem_shrink();
    assert(pages_in_use() == before);
    cprintf("check_sync() %s\n", error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}
