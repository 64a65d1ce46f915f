/*
 * redzone.h - the watch over the edges and the contents of objects, where there is none.
 *
 * kern/san/address has a header of this name that does it (make SAN=address).
 */
#ifndef KERN_SAN_OFF_REDZONE_H
#define KERN_SAN_OFF_REDZONE_H

#include "defs.h"

#define REDZONE_BEFORE 0 /* bytes in front of an object */
#define REDZONE_AFTER  0 /* and behind it */

/* An object, as the functions below are told of it. */
struct redzone {
    const char *cache; /* its name */
    void *object;
    size_t size;
    size_t stray; /* bytes that `object` lies behind the start of one: 0 if all is right */
};

static inline void
redzone_new(struct redzone at) {
    (void)at;
}

static inline void
redzone_taken(struct redzone at, const void *caller) {
    (void)at, (void)caller;
}

static inline void
redzone_given(struct redzone at, const void *caller) {
    (void)at, (void)caller;
}

static inline const void *
redzone_owner(struct redzone at) {
    (void)at;
    return NULL;
}

#endif
