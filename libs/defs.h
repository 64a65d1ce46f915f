/* defs.h - the freestanding base that every file may rely on. */
#ifndef LIBS_DEFS_H
#define LIBS_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names that ucore files use beside the standard ones. */
typedef int64_t sint_t;
typedef uint64_t uint_t;
typedef size_t ppn_t; /* a physical page number: address >> PGSHIFT */

#define __noreturn    __attribute__((noreturn))
#define __noinline    __attribute__((noinline))
#define __warn_unused __attribute__((warn_unused_result))
#ifndef __always_inline /* the host's C library has one, too */
#define __always_inline inline __attribute__((always_inline))
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Round `a` down or up to a multiple of `n`, any n >= 1; the result has a's type. */
#define ROUNDDOWN(a, n) ((__typeof__(a))((size_t)(a) - (size_t)(a) % (size_t)(n)))
#define ROUNDUP(a, n)   ((__typeof__(a))(ROUNDDOWN((size_t)(a) + (size_t)(n)-1, (n))))

/* Recover the struct that embeds `member` at address `ptr`. */
#define to_struct(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
