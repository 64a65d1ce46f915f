/*
 * rename.h - gives our C library functions names of their own (pl_strlen), so
 * that they and the host's can be called side by side.
 *
 * Include the system's headers, then rename.h, the source under test, and
 * rename.h again: the second inclusion takes the new names back.
 */
#ifndef RENAMED
#define RENAMED

#define strlen    pl_strlen
#define strnlen   pl_strnlen
#define strcpy    pl_strcpy
#define strncpy   pl_strncpy
#define strcmp    pl_strcmp
#define strncmp   pl_strncmp
#define strchr    pl_strchr
#define strfind   pl_strfind
#define strtol    pl_strtol
#define memset    pl_memset
#define memmove   pl_memmove
#define memcpy    pl_memcpy
#define memcmp    pl_memcmp
#define snprintf  pl_snprintf
#define vsnprintf pl_vsnprintf

#else
#undef RENAMED

#undef strlen
#undef strnlen
#undef strcpy
#undef strncpy
#undef strcmp
#undef strncmp
#undef strchr
#undef strfind
#undef strtol
#undef memset
#undef memmove
#undef memcpy
#undef memcmp
#undef snprintf
#undef vsnprintf

#endif
