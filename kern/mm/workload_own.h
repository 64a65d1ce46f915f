/* workload_own.h - what the courses' plans share with their beginnings and ends. */
#ifndef KERN_MM_WORKLOAD_OWN_H
#define KERN_MM_WORKLOAD_OWN_H

#include "workload.h"

#define WORKLOAD_BURST         512  /* pages of f, at most */
#define WORKLOAD_PROCESS_PAGES 2048 /* of f: memory for each process, on average */

/* Of each frame a bit, behind the slots: it is granted since the beginning of a, A, L or e. */
uint64_t *workload_granted(const struct workload *w);

/* n pages for a slot, which is empty afterwards if they cannot be had. */
void workload_alloc(struct workload *w, struct workload_slot *slot, size_t n);

/* Those of a slot back, unless it is empty. */
void workload_free(struct workload *w, struct workload_slot *slot, size_t n);

/* Pages to be requested at the same time in c, d, f and u. */
size_t workload_most(const struct workload *w);

/* Of c, d and u: the next request's. */
size_t workload_size(struct workload *w);

/* The plan is carried out: what it filled moves to where it emptied. */
void workload_close_gap(struct workload *w);

#endif
