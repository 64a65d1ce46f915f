/* condition.c - see condition.h. */
#include "condition.h"

void
sync_monitor_init(struct sync_monitor *monitor) {
    sem_init(&monitor->entry, 1);
}

void
condition_init(struct condition *condition, struct sync_monitor *monitor) {
    condition->monitor = monitor;
    wait_queue_init(&condition->queue);
}

int
sync_monitor_enter(struct sync_monitor *monitor) {
    return sem_down(&monitor->entry);
}

void
sync_monitor_leave(struct sync_monitor *monitor) {
    sem_up(&monitor->entry);
}

/* Nobody runs between leaving and waiting: wait.h. */
int
condition_wait(struct condition *condition) {
    sync_monitor_leave(condition->monitor);
    int error = wait_on(&condition->queue, "a condition");
    return error != 0 ? error : sync_monitor_enter(condition->monitor);
}

void
condition_signal(struct condition *condition) {
    wake_one(&condition->queue);
}

void
condition_broadcast(struct condition *condition) {
    wake_all(&condition->queue);
}
