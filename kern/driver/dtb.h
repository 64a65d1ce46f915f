/*
 * dtb.h - read a flattened device tree, trusting none of its bytes.
 *
 * Source: Devicetree Specification 0.4, chapter 5 "Flattened Devicetree (DTB)
 * Format" and section 3 "Device Node Requirements".
 */
#ifndef KERN_DRIVER_DTB_H
#define KERN_DRIVER_DTB_H

#include "machine.h"

/*
 * The length of the tree at `blob` in bytes as its header gives it. Reads the
 * first 8 bytes only; 8 when they do not begin a tree, so that dtb_read can say
 * what is there instead.
 */
size_t dtb_size(const void *blob);

/*
 * Fill `m` from the `size` bytes at `blob`, which lies at physical address `pa`.
 * NULL, or a sentence that says why the tree cannot be used (valid until the
 * next call); `m` is then filled in part. What can be passed over is, with a
 * line in m->warnings. All text is made printable. Every read is inside
 * [blob, blob + size), which need not be aligned; no recursion; O(size).
 */
const char *dtb_read(const void *blob, size_t size, uint64_t pa, struct machine *m) __warn_unused;

#endif
