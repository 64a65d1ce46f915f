/* limits.h - what a file may fall short of without being wrong. */
#ifndef JUDGE_LIMITS_H
#define JUDGE_LIMITS_H

#include "rng.h"
#include "world.h"

/* Note a limitation (once a title); in a house policy it is a broken promise instead. */
bool limited(struct world *w, const char *promise, const char *title, const char *detail);

/* Note it whatever policy it is. `title` must live as long as the list. */
void limit_named(struct limits *l, const char *promise, const char *title, const char *detail);

/* Fewer pages were taken over than were given. */
bool limited_memory(struct world *w, uint64_t managed, uint64_t given);

/* A policy of one range gets pools of one: `p` is cut. */
void limited_ranges(struct world *w, struct pool *p);

/* Flags of frames that no other policy uses. */
bool limited_flags(struct world *w);

/*
 * Of a policy that lists its free blocks, and these are they: PG_property is on none but first
 * frames of them (H1).
 */
bool limited_marks(struct world *w, const struct wire_block *blocks, size_t n);

/* Before the first property: judge->power_only and judge->ranges. */
void limits_learn(struct judge *j);

/* The same policy, of which nothing is learnt or told: for a world of its own, and one look. */
struct judge judge_apart(const struct judge *j);

/* A property: partial frees, and what blocks are aligned to. Never broken. */
bool run_limits(struct world *w, struct rng *r);

#endif
