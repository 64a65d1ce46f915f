/* host.h - what host.c is linked with: one allocator, at its vtable (plain.c) or through the
 * facade. */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include "workload.h"

/* Sets pmm_manager; `name` is looked at where there are several. False: there is none of that name.
 */
bool bench_choose(const char *name);

/* Bytes that bench_give wants beside pages[] and the policy's metadata. */
size_t bench_words_bytes(size_t npages);

/* init, and all of pages[] to the policy. */
void bench_give(uint64_t *words, size_t npages);

/* What is measured. */
struct workload_target bench_target(void);

#endif
