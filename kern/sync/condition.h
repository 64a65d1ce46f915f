/*
 * condition.h - monitors: data that one process at a time works on, and conditions it waits for.
 *
 * As in Mesa, who was signalled enters again some time later, and has to look
 * whether the condition still holds.
 *
 * Source: C. A. R. Hoare, "Monitors: An Operating System Structuring Concept",
 * 1974; B. W. Lampson and D. D. Redell, "Experience with Processes and Monitors in Mesa", 1980.
 */
#ifndef KERN_SYNC_CONDITION_H
#define KERN_SYNC_CONDITION_H

#include "semaphore.h"

struct sync_monitor {
    struct semaphore entry; /* 1: nobody is inside */
};

struct condition {
    struct sync_monitor *monitor;
    struct wait_queue queue;
};

void sync_monitor_init(struct sync_monitor *monitor);
void condition_init(struct condition *condition, struct sync_monitor *monitor);

/* 0, or -E_KILLED: not inside. */
int sync_monitor_enter(struct sync_monitor *monitor) __warn_unused;
void sync_monitor_leave(struct sync_monitor *monitor);

/*
 * Inside: leave, wait until signalled, and enter again. 0, or -E_KILLED: not inside any
 * more.
 */
int condition_wait(struct condition *condition) __warn_unused;

/* Inside: the first who waits, or everybody, goes on when it can enter. */
void condition_signal(struct condition *condition);
void condition_broadcast(struct condition *condition);

#endif
