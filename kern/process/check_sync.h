/*
 * check_sync.h - the course's check of synchronisation: five philosophers dine, by semaphores and
 * by a monitor.
 *
 * Panics when two neighbours eat at once or one does not get to eat, and else prints
 * "check_sync() succeeded!" and returns 0; where memory runs out on the way it says so and
 * returns -E_NO_MEM. All pages that it takes are given back.
 */
#ifndef KERN_PROCESS_CHECK_SYNC_H
#define KERN_PROCESS_CHECK_SYNC_H

int check_sync(void);

#endif
