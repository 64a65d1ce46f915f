/* dir.h - directories, by the names that the course's programs use. */
#ifndef USER_LIBS_DIR_H
#define USER_LIBS_DIR_H

#include "dirent.h"

typedef struct {
    int fd;
    struct dirent entry;
} DIR;

DIR *opendir(const char *path);   /* NULL: it is none, or memory ran out; the caller's to close */
struct dirent *readdir(DIR *dir); /* valid until the next call; NULL: no more */
void closedir(DIR *dir);          /* NULL is nothing */

int chdir(const char *path);
int getcwd(char *to, size_t n); /* with the final 0 */

#endif
