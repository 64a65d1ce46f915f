/*
 * archive.h - the files of an initial archive, read where they lie.
 *
 * The format is cpio's "newc" (cpio(5)): for each entry a header of digits, a name
 * and the contents, aligned to four bytes; an entry TRAILER!!! ends it. Directories and
 * regular files are taken; directories that are only on the way to others are made.
 */
#ifndef KERN_FS_ARCHIVE_H
#define KERN_FS_ARCHIVE_H

#include "defs.h"

/*
 * Add what is in it to the tree; the bytes stay where they are for ever, whatever
 * they say nothing beyond them is read. NULL, or what is wrong with it and where, valid until the
 * next call: then it may have been added in part. O(entries * entries of a directory).
 */
const char *archive_add(const void *archive, size_t size) __warn_unused;

#endif
