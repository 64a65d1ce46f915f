/*
 * window.h - how a policy reaches the contents of pages, in a build that watches them.
 *
 * Put before every policy by the Makefile. The pages that it looks into through
 * KADDR or page2kva hold data of its own from then on.
 */
#ifndef KERN_SAN_ADDRESS_WINDOW_H
#define KERN_SAN_ADDRESS_WINDOW_H

#include "memlayout.h"

/* KADDR(pa); the page at `pa` is no longer watched. */
void *poison_window(uintptr_t pa);

#define KADDR(pa) poison_window(pa)

#endif
