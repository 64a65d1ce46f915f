/* wait.c - see wait.h. */
#include "wait.h"
#include "error.h"
#include "intr.h"
#include "proc.h"

int
wait_on(struct wait_queue *queue, const char *what) {
    bool intr = intr_save();
    list_add_before(&queue->waiters, &current->waiter);
    int error = 0;
    while (error == 0 && !list_empty(&current->waiter)) {
        error = proc_block(what);
    }
    list_del_init(&current->waiter);
    intr_restore(intr);
    return error;
}

static void
wake_first(struct wait_queue *queue) {
    list_entry_t *le = list_next(&queue->waiters);
    list_del_init(le);
    proc_wake(to_struct(le, struct proc_struct, waiter));
}

void
wake_one(struct wait_queue *queue) {
    bool intr = intr_save();
    if (!list_empty(&queue->waiters)) {
        wake_first(queue);
    }
    intr_restore(intr);
}

void
wake_all(struct wait_queue *queue) {
    bool intr = intr_save();
    while (!list_empty(&queue->waiters)) {
        wake_first(queue);
    }
    intr_restore(intr);
}
