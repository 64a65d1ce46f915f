/* error.h - what functions return, negated, when they cannot do what was asked. */
#ifndef LIBS_ERROR_H
#define LIBS_ERROR_H

#define E_UNSPECIFIED  1 /* no better word for it */
#define E_BAD_PROC     2 /* no such process */
#define E_INVAL        3 /* an argument is outside its range */
#define E_NO_MEM       4 /* memory ran out */
#define E_NO_FREE_PROC 5 /* too many processes */
#define E_FAULT        6 /* an address that cannot be used */
#define E_ACCESS       7 /* an address that cannot be used in this way */
#define E_MAX          7

#endif
