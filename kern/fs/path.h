/*
 * path.h - from a path to its node.
 *
 * A path is absolute or starts at a working directory; `.`, `..` and repeated slashes
 * are as everywhere, a slash at the end asks for a directory. Names that run-times of old
 * use: "stdin:" and "stdout:" are the console, "disk0:" is `/`.
 */
#ifndef KERN_FS_PATH_H
#define KERN_FS_PATH_H

#include "node.h"

#define PATH_MAX_LEN 1023 /* bytes, without the final 0 */

/* An entry that may or may not be there: the directory is. No references are held. */
struct place {
    struct node *dir;
    const char *name;
    size_t length;  /* 0: `dir` itself */
    bool directory; /* only a directory is meant */
};

/*
 * 0; -E_NOENT: the path is empty, or leads through what is not there; -E_NOTDIR: ... or is
 * no directory; -E_TOO_BIG: path or a name is too long. O(entries passed).
 */
int path_place(struct node *cwd, const char *path, struct place *place) __warn_unused;

/* The node of a place. -E_NOENT, -E_NOTDIR. */
int place_node(const struct place *place, struct node **node) __warn_unused;

/* Both. */
int path_node(struct node *cwd, const char *path, struct node **node) __warn_unused;

/*
 * The absolute path of a directory into `to`. -E_NOENT: it was unlinked; -E_TOO_BIG: it and
 * its final 0 have no room in n bytes, which nothing was written to.
 */
int path_of(const struct node *dir, char *to, size_t n) __warn_unused;

#endif
