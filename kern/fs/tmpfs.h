/*
 * tmpfs.h - files that are pages, and directories to make them in: /tmp.
 *
 * Pages are given when they are first written to; what was skipped reads as zeroes.
 */
#ifndef KERN_FS_TMPFS_H
#define KERN_FS_TMPFS_H

#include "node.h"
#include "pmm.h"

#define TMPFS_MAX_SIZE ((size_t)256 << 20) /* bytes of a file */
#define TMPFS_RESERVE  16                  /* of memory, one part in so many is left to others */

extern const struct node_ops tmpfs_dir_ops, tmpfs_file_ops;

/* Pages that a file has; holes have none. O(its size in pages). */
size_t tmpfs_pages(const struct node *file);

/* Every page of every file, unlinked ones and texts of devices included. O(their sizes in pages).
 */
void tmpfs_for_each_page(void (*visit)(const struct Page *page, void *arg), void *arg);

#endif
