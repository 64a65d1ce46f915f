/* clock.h - the timer: ticks at a fixed rate, and the time since boot. */
#ifndef KERN_DRIVER_CLOCK_H
#define KERN_DRIVER_CLOCK_H

#include "defs.h"

#define TICKS_PER_SECOND 100

/* Start ticking; `hz` is the rate of the time register. Interrupts may still be off. */
void clock_init(uint32_t hz);

/* Called by the trap handler on each timer interrupt. */
void clock_tick(void);

/* Who is called at each tick, in an interrupt. */
void clock_set_listener(void (*listener)(void));

/* Where the number of ticks is kept, for those who wait for the next. */
volatile uint64_t *clock_ticks_address(void);

/* Since clock_init. */
uint64_t clock_ticks(void);
uint64_t clock_milliseconds(void);

#endif
