/*
 * poison.h - pages are filled when they are freed and when they are granted.
 *
 * A free page holds POISON_FREED in every byte, and whoever wrote to it is found
 * when the page is granted next, or by an audit. A granted page holds
 * POISON_GRANTED until its owner writes to it: what reads either goes wrong at
 * once, and not by chance.
 *
 *   S1  a frame is watched from its free until its next grant; pages granted
 *       beyond the request stay watched.
 *   S2  a page that the policy itself has looked into is not watched until it is
 *       freed again: what is in it is the policy's. window.h sees to that.
 *   S3  of pages[] only the first POISON_FRAMES are filled and watched: to fill
 *       the rest of a large memory would take minutes.
 */
#ifndef KERN_SAN_ADDRESS_POISON_H
#define KERN_SAN_ADDRESS_POISON_H

#include "pmm.h"

#define POISON_FREED   0xdb
#define POISON_GRANTED 0xc7

#ifndef POISON_FRAMES
#define POISON_FRAMES 131072 /* 512 MiB */
#endif

/* Bytes that poison_init wants for n frames: who freed each of them last. */
static inline size_t
poison_bytes(size_t n) {
    return (n < POISON_FRAMES ? n : POISON_FRAMES) * sizeof(void *);
}

/* Watch none of the n frames of pages[]; `room` holds poison_bytes(n). O(n). */
void poison_init(void *room, size_t n);

/* Fill memory before the policy gets it for the first time. O(bytes). */
void poison_new(struct Page *base, size_t n);

/* Fill pages that `caller` gives up, before the policy gets them. O(bytes). */
void poison_freed(struct Page *base, size_t n, const void *caller);

/* Panic unless what is watched of these pages was left alone; then fill them. */
void poison_granted(struct Page *base, size_t n);

/*
 * Fill a stack from `bottom` up to the caller's frame with POISON_GRANTED: so what earlier calls
 * left there is not taken for something, nor handed out unnoticed. O(bytes).
 */
void poison_stack(uintptr_t bottom);

/* Panic unless every watched page was left alone. O(bytes watched). */
void poison_audit(void);

#endif
