/*
 * wire_look.h - wait for the other side without sleeping, while that pays; wants _GNU_SOURCE.
 *
 * Waking a sleeper costs many times what most calls cost, above all in a
 * virtual machine. So look at the word; then offer the processor to others, as
 * the other side may want this very one. But when somebody else takes it for
 * long, the machine is crowded, and sleeping is cheaper for a while.
 */
#ifndef JUDGE_WIRE_LOOK_H
#define JUDGE_WIRE_LOOK_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "wire.h"

#define WIRE_LOOKS   200    /* at a word, as fast as it goes */
#define WIRE_YIELDS  200    /* then with the processor offered to others */
#define WIRE_CROWDED 200000 /* nanoseconds that a yield takes when the machine is crowded ... */
#define WIRE_CALM    2000   /* ... and calls for which that is remembered */

static inline int64_t
wire_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* True once the word is `value`; false when it is better to sleep. */
static inline int
wire_look(_Atomic uint32_t *word, uint32_t value, struct wire_side *side) {
    uint32_t cpu = (uint32_t)sched_getcpu();
    atomic_store(side->cpu, cpu);
    for (unsigned i = 0; i < WIRE_LOOKS && atomic_load(side->other_cpu) != cpu; i++) {
        if (atomic_load(word) == value) {
            return 1;
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
    if (side->crowded > 0) {
        side->crowded--;
        return 0;
    }
    int64_t now = wire_now();
    for (unsigned i = 0; i < WIRE_YIELDS && side->crowded == 0; i++) {
        int64_t before = now;
        sched_yield();
        if (atomic_load(word) == value) {
            return 1;
        }
        now = wire_now();
        side->crowded = now - before > WIRE_CROWDED ? WIRE_CALM : 0;
    }
    return 0;
}

#endif
