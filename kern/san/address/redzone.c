/* redzone.c - see redzone.h. The caller holds the cache's lock. */
#include "redzone.h"
#include "assert.h"
#include "poison.h"
#include "stdio.h"
#include "string.h"

#define ZONE 0xbb /* every byte of a zone */

/* At the end of the room behind an object: what is written behind it meets the zone first. */
struct note {
    const void *taken_by, *freed_by;
    uint64_t state;
};

#define IN_USE 0x1a27e5fc0b9d6e31u
#define FREE   (~IN_USE)

static struct note *
note_of(struct redzone at) {
    size_t end = ROUNDUP(at.size, REDZONE_BEFORE) + REDZONE_AFTER;
    return (struct note *)(uintptr_t)((uint8_t *)at.object + end - sizeof(struct note));
}

static uint8_t *
zone_before(struct redzone at) {
    return (uint8_t *)at.object - REDZONE_BEFORE;
}

static uint8_t *
zone_behind(struct redzone at) {
    return (uint8_t *)at.object + at.size;
}

static size_t
bytes_behind(struct redzone at) {
    return (size_t)((uint8_t *)note_of(at) - zone_behind(at));
}

/* How many of n bytes hold `value`, up to the first that does not. */
static size_t
run_of(const uint8_t *byte, size_t n, uint8_t value) {
    size_t i = 0;
    while (i < n && byte[i] == value) {
        i++;
    }
    return i;
}

struct name {
    char text[60];
};

/* As caller_name, which keeps one name at a time. */
static struct name
name_of(const void *pc) {
    struct name name;
    snprintf(name.text, sizeof(name.text), "%s", caller_name(pc));
    return name;
}

void
redzone_new(struct redzone at) {
    memset(at.object, POISON_FREED, at.size);
    memset(zone_behind(at), ZONE, bytes_behind(at));
    *note_of(at) = (struct note){NULL, NULL, FREE};
}

void
redzone_taken(struct redzone at, const void *caller) {
    struct note *note = note_of(at);
    const uint8_t *byte = at.object;
    size_t i = run_of(byte, at.size, POISON_FREED);
    if (i < at.size) {
        panic("use after free: object %p of cache %s holds %#x at offset %#zx, not the poison; "
              "%s%s, now taken by %s",
              at.object, at.cache, byte[i], i, note->freed_by == NULL ? "never taken" : "freed by ",
              note->freed_by == NULL ? "" : name_of(note->freed_by).text, name_of(caller).text);
    }
    memset(zone_before(at), ZONE, REDZONE_BEFORE);
    memset(at.object, POISON_GRANTED, at.size);
    *note = (struct note){caller, NULL, IN_USE};
}

void
redzone_given(struct redzone at, const void *caller) {
    struct note *note = note_of(at);
    if (at.stray != 0) {
        panic("free of %p, %zu bytes behind the start of an object of cache %s, by %s", at.object,
              at.stray, at.cache, name_of(caller).text);
    }
    if (note->state == FREE) {
        panic("double free of %p, of cache %s, freed by %s, now by %s", at.object, at.cache,
              name_of(note->freed_by).text, name_of(caller).text);
    }
    size_t i = run_of(zone_behind(at), bytes_behind(at), ZONE);
    if (i < bytes_behind(at) || note->state != IN_USE) {
        panic("overflow: %zu bytes behind object %p of cache %s, taken by %s, was written to; "
              "freed by %s",
              i, at.object, at.cache, name_of(note->taken_by).text, name_of(caller).text);
    }
    i = run_of(zone_before(at), REDZONE_BEFORE, ZONE);
    if (i < REDZONE_BEFORE) {
        panic("underflow: %zu bytes before object %p of cache %s, taken by %s, was written to; "
              "freed by %s",
              REDZONE_BEFORE - i, at.object, at.cache, name_of(note->taken_by).text,
              name_of(caller).text);
    }
    memset(at.object, POISON_FREED, at.size);
    note->freed_by = caller;
    note->state = FREE;
}

const void *
redzone_owner(struct redzone at) {
    return note_of(at)->taken_by;
}
