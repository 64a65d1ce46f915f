/* stat.h - what a program is told of an open file. */
#ifndef LIBS_STAT_H
#define LIBS_STAT_H

#include "defs.h"

#define S_IFMT  070000u /* the bits of st_mode that say what it is */
#define S_IFREG 010000u
#define S_IFDIR 020000u
#define S_IFCHR 040000u /* a device */
#define S_IFIFO 060000u /* a pipe */

#define S_ISREG(mode)  (((mode)&S_IFMT) == S_IFREG)
#define S_ISDIR(mode)  (((mode)&S_IFMT) == S_IFDIR)
#define S_ISCHR(mode)  (((mode)&S_IFMT) == S_IFCHR)
#define S_ISFIFO(mode) (((mode)&S_IFMT) == S_IFIFO)

struct stat {
    uint32_t st_mode;
    size_t st_nlinks; /* 1; 0: unlinked, or never had a name */
    size_t st_blocks; /* pages */
    size_t st_size;   /* bytes; of a pipe, those that wait in it */
};

#endif
