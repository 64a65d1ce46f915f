/*
 * semaphore.h - a number of things that processes take and give back.
 *
 * Source: E. W. Dijkstra, "Cooperating Sequential Processes", 1965.
 */
#ifndef KERN_SYNC_SEMAPHORE_H
#define KERN_SYNC_SEMAPHORE_H

#include "wait.h"

struct semaphore {
    int value; /* how many there are; never negative */
    struct wait_queue queue;
};

void sem_init(struct semaphore *sem, int value);

/* Take one; waits until there is one. 0, or -E_KILLED: none was taken. */
int sem_down(struct semaphore *sem) __warn_unused;

/* Take one if there is one, without waiting. */
bool sem_try_down(struct semaphore *sem) __warn_unused;

/* Give one back. Callable in an interrupt. */
void sem_up(struct semaphore *sem);

#endif
