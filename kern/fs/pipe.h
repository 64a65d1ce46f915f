/* pipe.h - bytes from writers to readers, in order, a bounded number of them under way. */
#ifndef KERN_FS_PIPE_H
#define KERN_FS_PIPE_H

#include "node.h"

#define PIPE_SIZE 4032 /* bytes under way; with what keeps count of them, a page */

/*
 * A pipe without name, readers or writers. Reading waits for a byte, and is at the end when there
 * are no writers; writing waits for room, and is -E_PIPE, or less than was asked for, when there
 * are no readers. Writes that have to wait are mixed with others. Both: -E_KILLED. NULL: memory
 * ran out.
 */
struct node *pipe_create(void);

#endif
