/*
 * redzone.h - objects between zones that nobody may write to, filled when they are freed and taken.
 *
 *   [ zone | object | zone | who took it | who freed it | state ]
 *
 * A free object holds POISON_FREED in every byte and whoever wrote to it is found
 * when it is taken next; one that was taken holds POISON_GRANTED until its owner
 * writes to it. The zones are looked at when an object is freed. The slab's chain
 * of free objects uses the first zone, so that what is freed twice or used after
 * it was freed leaves the chain whole.
 */
#ifndef KERN_SAN_ADDRESS_REDZONE_H
#define KERN_SAN_ADDRESS_REDZONE_H

#include "defs.h"

#define REDZONE_BEFORE 16 /* bytes in front of an object */
#define REDZONE_AFTER  48 /* and behind it, at least */

/* An object, as the functions below are told of it. */
struct redzone {
    const char *cache; /* its name */
    void *object;
    size_t size;
    size_t stray; /* bytes that `object` lies behind the start of one: 0 if all is right */
};

/* An object of a new slab is free. O(size), as all three. */
void redzone_new(struct redzone at);

/* Panic unless nobody wrote to it since it was freed; then it is `caller`'s. */
void redzone_taken(struct redzone at, const void *caller);

/* Panic unless it is an object in use and its zones are whole; then `caller` has freed it. */
void redzone_given(struct redzone at, const void *caller);

/* Who took an object in use. O(1). */
const void *redzone_owner(struct redzone at);

#endif
