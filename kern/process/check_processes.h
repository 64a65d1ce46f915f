/*
 * check_processes.h - the check of kernel threads: they take turns, wait for each other and end.
 *
 * Panics at the line that does not hold, and else prints "check_processes()
 * succeeded!" and returns 0; where memory runs out on the way it says so and returns
 * -E_NO_MEM. All pages that it takes are given back.
 */
#ifndef KERN_PROCESS_CHECK_PROCESSES_H
#define KERN_PROCESS_CHECK_PROCESSES_H

int check_processes(void);

#endif
