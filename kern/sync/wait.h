/*
 * wait.h - processes that wait for the same thing, first come, first woken.
 *
 * Between looking whether it has to wait and wait_on, a process is not
 * interrupted by others (kern/process/proc.h); what an interrupt could change is
 * looked at with interrupts off. Who was woken looks again.
 */
#ifndef KERN_SYNC_WAIT_H
#define KERN_SYNC_WAIT_H

#include "list.h"

struct wait_queue {
    list_entry_t waiters;
};

static inline void
wait_queue_init(struct wait_queue *queue) {
    list_init(&queue->waiters);
}

/*
 * Sleep until woken; `what` says in a word for what, and is kept. 0, or -E_KILLED: the process
 * is to end, and has to give up what it was about to do.
 */
int wait_on(struct wait_queue *queue, const char *what) __warn_unused;

/* Nothing when nobody waits. Callable in an interrupt. */
void wake_one(struct wait_queue *queue);
void wake_all(struct wait_queue *queue);

#endif
