/*
 * wire.h - what the judge and the child that holds a policy say to each other.
 *
 * A memory file is mapped by both: first struct wire, then room for a list of
 * free blocks, then the array of struct Page, whose last descriptor ends where
 * the file ends. The child maps that array between two guard pages. The judge
 * lays the descriptors out before init() and reads them after every call. What
 * is in the frames is a second file, one page of it for each descriptor.
 *
 * The child's first act, before any code of the policy, is a byte on the channel.
 *
 * A call: the judge fills `request` and raises `asked`; the child fills `reply`
 * and sets `answered` to it. Each side looks for a moment, then raises its
 * sleep flag and waits for a byte on the channel, a socket pair. End of file
 * there is the end of the other side. Pages travel as index numbers; the judge
 * believes nothing that it has not checked.
 */
#ifndef JUDGE_WIRE_H
#define JUDGE_WIRE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Descriptors that the child is started with. */
#define WIRE_CHANNEL 3
#define WIRE_MEMORY  4
#define WIRE_FRAMES  5

#define WIRE_LATE SIGUSR1 /* tells the child to say where it is, and to end */

#define WIRE_NO_PAGE ((uint64_t)-1) /* the policy returned NULL */
#define WIRE_STRAY   ((uint64_t)-2) /* ... or something that is no element of pages[] */

enum wire_op {
    WIRE_HELLO,       /* what does the manager have? wire.text is its name */
    WIRE_INIT,        /* npages, nbase: set up pages[], then init() */
    WIRE_MEMMAP,      /* page, n */
    WIRE_ALLOC,       /* n; replies page and grant(n) */
    WIRE_FREE,        /* page, n */
    WIRE_LOOK,        /* nothing but the counts and, when asked for, the blocks */
    WIRE_GRANT,       /* n; replies grant(n) only */
    WIRE_CHECK,       /* the policy's .check */
    WIRE_BASIC_CHECK, /* the policy's .basic_check */
};

#define WIRE_WANT_BLOCKS 0x1 /* flag of a request: list the free blocks, too */

enum wire_status {
    WIRE_OK,
    WIRE_PANIC,   /* the policy panicked; wire.text says why; the child ends */
    WIRE_ENDLESS, /* for_each_free visited more blocks than there are pages; likewise */
    WIRE_TRAP,    /* the policy trapped; wire.text says where; the child ends. In a guest only */
};

/* Members that the manager has, and that may be missing. */
#define WIRE_HAS_GRANT       0x1
#define WIRE_HAS_FREE_BLOCKS 0x2
#define WIRE_HAS_CHECK       0x4
#define WIRE_HAS_BASIC_CHECK 0x8
#define WIRE_HAS_OVERHEAD    0x10

struct wire_request {
    uint32_t op;
    uint32_t flags;
    uint64_t page;
    uint64_t n;
    uint64_t npages;
    uint64_t nbase;
};

struct wire_reply {
    uint32_t status;
    uint32_t nblocks;
    uint64_t page;
    uint64_t nr_free;
    uint64_t overhead;
    uint64_t grant;
    uint64_t steps;  /* that the call took, in a child that counts them */
    uint64_t nested; /* in it, the policy asked itself for pages through the global functions */
    uint64_t caps;
    uint64_t has;
};

/* A free block, from for_each_free. */
struct wire_block {
    uint32_t page;
    uint32_t n;
};

#define WIRE_TEXT 384

struct wire {
    uint32_t capacity; /* blocks and descriptors that the file has room for */
    _Atomic uint32_t asked, answered;
    _Atomic uint32_t judge_sleeps, child_sleeps;
    _Atomic uint32_t judge_cpu, child_cpu; /* see wire_look.h */
    _Atomic uint32_t in_member;            /* enum wire_member: where the policy is just now */
    uint64_t manager, pages; /* addresses in the child: of the manager, and of pages[] since init */
    struct wire_request request;
    struct wire_reply reply;
    char text[WIRE_TEXT];
};

/* Which member of the manager is running, so that a hang can be named. */
enum wire_member {
    IN_NONE,
    IN_INIT,
    IN_INIT_MEMMAP,
    IN_ALLOC_PAGES,
    IN_FREE_PAGES,
    IN_NR_FREE_PAGES,
    IN_CHECK,
    IN_BASIC_CHECK,
    IN_GRANT,
    IN_OVERHEAD,
    IN_FOR_EACH_FREE,
    IN_METADATA,
};

/* Layout of the file, in bytes; `os_page` is the size of a page of the host. */
static inline size_t
wire_round(size_t bytes, size_t os_page) {
    return (bytes + os_page - 1) / os_page * os_page;
}

static inline size_t
wire_head_bytes(uint32_t capacity, size_t os_page) {
    return wire_round(sizeof(struct wire) + capacity * sizeof(struct wire_block), os_page);
}

static inline size_t
wire_pages_bytes(uint32_t capacity, size_t descriptor, size_t os_page) {
    return wire_round(capacity * descriptor, os_page);
}

#define WIRE_FRAME 4096 /* bytes of a frame */

static inline size_t
wire_frames_bytes(uint32_t capacity) {
    return (size_t)capacity * WIRE_FRAME;
}

/* Bytes at most that a policy may ask for as its metadata: two words a frame, and some. */
static inline size_t
wire_metadata_bytes(uint32_t capacity) {
    return (size_t)capacity * 16 + (1 << 16);
}

/* For waiting, see wire_look.h. */
struct wire_side {
    _Atomic uint32_t *cpu, *other_cpu; /* where each side was seen last */
    unsigned crowded;                  /* calls for which sleeping is better */
};

#endif
