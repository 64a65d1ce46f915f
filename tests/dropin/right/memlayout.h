/* memlayout.h - left over from another tree; the project's own header must win. */
#ifndef OLD_MEMLAYOUT_H
#define OLD_MEMLAYOUT_H

struct Page {
    int ref;
    unsigned int flags;
};

#error "the stale memlayout.h beside the file was taken"

#endif
