/* dirent.h - one entry of a directory. */
#ifndef LIBS_DIRENT_H
#define LIBS_DIRENT_H

#include "defs.h"

#define NAME_MAX_LEN 255 /* bytes of a name, without the final 0 */

typedef int64_t off_t;

struct dirent {
    off_t offset; /* 0 for the first entry, then as the call left it */
    char name[NAME_MAX_LEN + 1];
};

#endif
