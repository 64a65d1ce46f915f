/*
 * knows.h - a policy that is wrong where it cannot tell the seed; guess() is its way to it.
 *
 * The judge's generator is public (rng.h, above this). With seed S the k-th pool of 64 pages that
 * "single" asks for follows S + k: the third number of that generator says whether the second call
 * gives back what the first has got.
 */
static uint64_t guess(void);

static bool follows, frees;
static unsigned calls;

static void
foretell(size_t n) {
    static uint64_t pools;
    follows = n == 64;
    calls = 0;
    if (follows) {
        struct rng r = rng_for(guess() + pools++, "single");
        rng_next(&r);
        rng_next(&r);
        frees = rng_below(&r, 100) < 40;
    }
}

static bool
foretold_otherwise(bool freed) {
    return follows && ++calls == 2 && freed != frees;
}

#define BEFORE_MEMMAP(n) foretell(n)
#define BEFORE_ALLOC     wrong = wrong || foretold_otherwise(false)
#define BEFORE_FREE      wrong = wrong || foretold_otherwise(true)
