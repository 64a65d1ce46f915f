/* semaphore.c - see semaphore.h. */
#include "semaphore.h"
#include "intr.h"

void
sem_init(struct semaphore *sem, int value) {
    sem->value = value;
    wait_queue_init(&sem->queue);
}

bool
sem_try_down(struct semaphore *sem) {
    bool intr = intr_save();
    bool taken = sem->value > 0;
    sem->value -= taken;
    intr_restore(intr);
    return taken;
}

int
sem_down(struct semaphore *sem) {
    bool intr = intr_save();
    int error = 0;
    while (error == 0 && !sem_try_down(sem)) {
        error = wait_on(&sem->queue, "a semaphore");
    }
    if (error != 0 && sem->value > 0) {
        wake_one(&sem->queue); /* it may have been woken for one that it does not take */
    }
    intr_restore(intr);
    return error;
}

void
sem_up(struct semaphore *sem) {
    bool intr = intr_save();
    sem->value++;
    wake_one(&sem->queue);
    intr_restore(intr);
}
