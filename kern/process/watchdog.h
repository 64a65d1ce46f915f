/*
 * watchdog.h - tells who kept interrupts off for too long.
 *
 * One hart runs the kernel, so nobody can look while they are off: the tick that comes
 * late tells, with the place where they came on again.
 */
#ifndef KERN_PROCESS_WATCHDOG_H
#define KERN_PROCESS_WATCHDOG_H

#define WATCHDOG_MS 1000 /* longer is too long */

/* At each tick, in the interrupt. What was off until a program went on is not told. */
void watchdog_tick(void);

#endif
