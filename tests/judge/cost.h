/* cost.h - how many steps a policy takes. */
#ifndef JUDGE_COST_H
#define JUDGE_COST_H

#include "rng.h"
#include "world.h"

/* A property, for policies with a traced child: at most the limitation "slow". */
bool run_cost(struct world *w, struct rng *r);

#endif
