/*
 * inside.h - one policy in the judge's own process, for searches that make millions of calls.
 *
 * inside.c answers the calls of run.h without a child: world, model, owner and
 * rules of tests/judge are linked as they are, so that there is still one
 * oracle. What is lost is the distance: a policy that writes where it likes may
 * hit the search itself. tests/judge says what a file from outside is worth.
 */
#ifndef INSIDE_H
#define INSIDE_H

#include <stddef.h>

#include "run.h"

/*
 * From now on a call that uses up a second of processor time, and a crash, is a
 * verdict. Sanitizers want crashes for themselves, and do not stand a jump out
 * of a signal: with `hung`, that is called when a call hangs, and does not return.
 */
void inside_guard(void (*hung)(void));

/*
 * Every byte that the policy can see: its own data, its metadata, the descriptors, and
 * the first `frame_bytes` of each frame's contents. The policy's object has .data
 * and .bss under the names policy_data and policy_bss. The number of bytes is a
 * multiple of 8; up to 7 at the end are padding, and not written.
 */
size_t inside_state_bytes(uint32_t npages, size_t frame_bytes);
void inside_save(const struct child *c, uint32_t npages, size_t frame_bytes, char *to);
void inside_restore(const struct child *c, uint32_t npages, size_t frame_bytes, const char *from);

/* Where the contents of that frame are in what inside_save wrote. */
char *inside_frame(char *state, uint32_t page, uint32_t npages, size_t frame_bytes);

#endif
