/* run.h - a child process, and one call to the policy in it. */
#ifndef JUDGE_RUN_H
#define JUDGE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest.h"
#include "model.h"
#include "wire.h"

struct child {
    pid_t pid; /* 0: none is running */
    int channel;
    int log;        /* what it wrote to stdout and stderr */
    uint32_t asked; /* calls so far */
    struct wire_side side;
    uint32_t capacity;
    struct wire *wire;
    struct wire_block *blocks;
    char *area; /* the descriptors; the last one ends with it */
    size_t area_bytes;
    size_t file_bytes;
    char *frames; /* contents, WIRE_FRAME bytes for each descriptor; zero at first */
    size_t frames_bytes;
    char *memory;         /* of a machine, which holds all of the above; else NULL */
    uint64_t caps, has;   /* of its manager */
    char name[WIRE_TEXT]; /* printable */
};

/*
 * Start `path`, a program or a kernel, with room for that many descriptors. False: why says what is
 * wrong, the promise being "judge" when no code of the policy was reached.
 */
bool child_start(struct child *c, const char *path, uint32_t capacity, unsigned timeout_ms,
                 struct why *why);

/* Kill it, if it runs, and give everything back. */
void child_stop(struct child *c);

/*
 * One call. False when the policy panicked, crashed, or did not return within
 * that many milliseconds: why names the call, and the child has been stopped.
 */
bool child_call(struct child *c, const struct wire_request *q, struct wire_reply *r,
                unsigned timeout_ms, struct why *why);

/* From here on page `first_ppn` is the first frame. Only of a machine does it matter. */
static inline void
child_place(struct child *c, uint64_t first_ppn) {
    if (c->memory != NULL) {
        c->frames = c->memory + (guest_contents(first_ppn, c->capacity) - GUEST_MEMORY);
    }
}

/* The last npages descriptors of the shared array. */
struct Page *child_pages(const struct child *c, uint32_t npages);

/* Milliseconds of a clock that never goes back. */
int64_t now_ms(void);

#endif
