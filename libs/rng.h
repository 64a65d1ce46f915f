/*
 * rng.h - random numbers that are the same for a seed on every machine.
 *
 * Source: splitmix64, by Sebastiano Vigna (public domain), after Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", 2014.
 */
#ifndef LIBS_RNG_H
#define LIBS_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t
rng_next(struct rng *r) {
    uint64_t z = (r->state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* 0 .. n - 1, n >= 1. */
static inline uint64_t
rng_below(struct rng *r, uint64_t n) {
    return rng_next(r) % n;
}

/* lo .. hi. */
static inline uint64_t
rng_in(struct rng *r, uint64_t lo, uint64_t hi) {
    return lo + rng_below(r, hi - lo + 1);
}

/* A generator for one seed of one property. */
static inline struct rng
rng_for(uint64_t seed, const char *name) {
    uint64_t h = 0xcbf29ce484222325; /* FNV-1a */
    for (const char *p = name; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * 0x100000001b3;
    }
    struct rng r = {h ^ (seed * 0x9e3779b97f4a7c15)};
    rng_next(&r);
    return r;
}

#endif
