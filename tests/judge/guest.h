/*
 * guest.h - where things lie in the memory of a guest, for the judge and for the guest's kernel.
 *
 * The guest is QEMU's virt machine, and its memory is one file that the judge
 * maps as well. From its start on it is frames, which have the page numbers
 * that they would have in any kernel; then the image; then the wire, laid out
 * as in wire.h, whose array of struct Page ends where memory ends.
 *
 * The channel is the machine's serial port: a byte from the judge is an
 * interrupt that ends wfi, a byte to it wakes the judge.
 */
#ifndef JUDGE_GUEST_H
#define JUDGE_GUEST_H

#include "wire.h"

#define GUEST_MEMORY 0x80000000UL
#define GUEST_FRAMES (1UL << 18)
#define GUEST_IMAGE  0xc0000000UL /* in the Makefile, too */
#define GUEST_META   0xc0800000UL /* the policy's metadata, up to the wire */
#define GUEST_WIRE   0xc1000000UL
#define GUEST_PAGE   4096
#define GUEST_STEP                                                                                 \
    (2UL << 20) /* memory is a multiple; what QEMU leaves at its end is no larger                  \
                 */

static inline size_t
guest_head_bytes(uint32_t capacity) {
    return wire_head_bytes(capacity, GUEST_PAGE);
}

/* Bytes of memory for that many descriptors. */
static inline size_t
guest_memory_bytes(uint32_t capacity, size_t descriptor) {
    size_t wire = guest_head_bytes(capacity) + wire_pages_bytes(capacity, descriptor, GUEST_PAGE);
    return wire_round(GUEST_WIRE - GUEST_MEMORY + wire, GUEST_STEP) + GUEST_STEP;
}

/*
 * Physical address of what is in frame `first_ppn`: its own, if it and the
 * `capacity` frames from it on are in memory; else they are said to lie where
 * memory starts.
 */
static inline uint64_t
guest_contents(uint64_t first_ppn, uint32_t capacity) {
    uint64_t lowest = GUEST_MEMORY / GUEST_PAGE;
    bool there = first_ppn >= lowest && first_ppn - lowest <= GUEST_FRAMES - capacity;
    return there ? first_ppn * GUEST_PAGE : GUEST_MEMORY;
}

#endif
