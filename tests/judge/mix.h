/* mix.h - streams of calls that the properties are made of. */
#ifndef JUDGE_MIX_H
#define JUDGE_MIX_H

#include "rng.h"
#include "world.h"

/* A grant that can be freed with a free page above it, or UINT32_MAX. */
uint32_t pick_safe(const struct world *w, struct rng *r);

/* Free everything; while possible with a free page above what is freed. */
bool free_all_safely(struct world *w, struct rng *r);

enum order { ORDER_RANDOM, ORDER_RISING, ORDER_FALLING, ORDER_EVENS_FIRST, ORDERS };

/* Free the grants in that order of their pages, all but `keep` of them. */
bool free_in_order(struct world *w, struct rng *r, enum order order, uint32_t keep);

/* A request: mostly small, now and then up to `most`. */
uint64_t random_size(struct rng *r, uint64_t most);

/* At most half of memory in use, requests of 1..8, frees with a free page above. */
bool light_mix(struct world *w, struct rng *r, unsigned steps);

/* Fill to refusal, free some, and so on; any size, any free. */
bool heavy_mix(struct world *w, struct rng *r, unsigned steps);

/* Requests of up to `most` pages until `refusals` of them were NULL. */
bool fill(struct world *w, struct rng *r, uint64_t most, unsigned refusals);

/* The largest request that can be met just now; what was had is given back. O(log pages) calls. */
bool find_largest(struct world *w, uint64_t *largest);

/* Single pages until there is none. */
bool drain(struct world *w);

#endif
