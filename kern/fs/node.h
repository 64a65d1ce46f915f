/*
 * node.h - the tree of what has a name: directories, files, devices; and pipes, which have none.
 *
 * All of kern/fs is shared by processes only, one of which runs in the kernel until it
 * waits, so none of it has a lock but what the terminal shares with an interrupt.
 *
 *   N1  a node lives as long as it has references: one while it is in the tree, one
 *       for each open file, working directory and node whose parent it is.
 *   N2  what was unlinked never comes back, keeps its parent, and has no children.
 *   N3  `readers` and `writers` count the open files that may do so.
 */
#ifndef KERN_FS_NODE_H
#define KERN_FS_NODE_H

#include "dirent.h"
#include "list.h"
#include "stat.h"

struct node;

/* Where a text goes, a character a call, as printfmt has it. */
typedef void (*putch_t)(int c, void *arg);

/* What a kind of node does. Errors are negative E_ codes. */
struct node_ops {
    uint32_t mode;       /* S_IFREG ... */
    bool entries_change; /* of a directory: files can be made and unlinked in it */
    /* Bytes read into `to`, at most n >= 1; 0: the end. NULL: a directory. */
    long (*read)(struct node *node, size_t offset, void *to, size_t n);
    /* Bytes written, 1..n. NULL: nobody can write it. */
    long (*write)(struct node *node, size_t offset, const void *from, size_t n);
    /* What is opened in the place of *node, with a reference to it. NULL: *node itself. */
    int (*open)(struct node **node);
    void (*truncate)(struct node *node); /* to no bytes. NULL: nothing is to be done */
    void (*closed)(struct node *node);   /* a reader or writer less. NULL: likewise */
    void (*release)(
        struct node *node); /* give back what it has; it is freed next. NULL: likewise */
};

struct node {
    const struct node_ops *ops;
    struct node *parent; /* NULL: the root, or what never had a name */
    bool linked;         /* in the list of its parent */
    unsigned refs, readers, writers;
    list_entry_t sibling, children; /* by age */
    uint64_t number, last_number; /* its own among its siblings, 1 on; the last one that it gave */
    size_t size;                  /* bytes */
    union {
        const uint8_t *bytes; /* of the archive */
        struct {              /* tmpfs.c */
            struct Page **pages;
            size_t room;         /* entries of `pages` */
            list_entry_t filled; /* among the files with room */
        };
        struct pipe *pipe;
        void (*text)(putch_t putch, void *arg);
    };
    const char *name; /* behind the node */
};

static inline bool
node_is(const struct node *node, uint32_t mode) {
    return node->ops->mode == mode;
}

/* `/`, which is made anew, empty and without regard to what there was, by node_init. */
extern struct node fs_root;
void node_init(void);

/* A directory in which nothing is made or unlinked by programs. */
extern const struct node_ops fixed_dir_ops;

/* One reference, in no directory; the rest is 0. `length` is 0..NAME_MAX_LEN. NULL: no memory. */
struct node *node_create(const struct node_ops *ops, const char *name, size_t length);

/* The same in `dir`, where that name is not taken. The reference is the tree's. */
struct node *node_add(struct node *dir, const struct node_ops *ops, const char *name,
                      size_t length);

/* Take it, which has no children, out of the tree, with the tree's reference. */
void node_unlink(struct node *node);

/* The same with all that is below `dir`, which stays. */
void node_unlink_all(struct node *dir);

struct node *node_get(struct node *node);
void node_put(struct node *node);

/* The entry of that name, or NULL. O(entries). */
struct node *node_child(struct node *dir, const char *name, size_t length);

/* At most n bytes, 0: the end. -E_ISDIR, or what the device says. */
long node_read(struct node *node, size_t offset, void *to, size_t n);

#endif
