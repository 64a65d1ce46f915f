/* error.h - what functions return, negated, when they cannot do what was asked. */
#ifndef LIBS_ERROR_H
#define LIBS_ERROR_H

#define E_UNSPECIFIED  1  /* no better word for it */
#define E_BAD_PROC     2  /* no such process */
#define E_INVAL        3  /* an argument is outside its range */
#define E_NO_MEM       4  /* memory ran out */
#define E_NO_FREE_PROC 5  /* too many processes */
#define E_FAULT        6  /* an address that cannot be used */
#define E_ACCESS       7  /* an address that cannot be used in this way */
#define E_KILLED       8  /* the process is to end */
#define E_INVAL_ELF    9  /* a file that is no program for this machine */
#define E_TOO_BIG      10 /* more than there is room for */
#define E_UNIMP        11 /* no such call */
#define E_NOENT        12 /* no such file or directory */
#define E_ISDIR        13 /* it is a directory */
#define E_NOTDIR       14 /* it is no directory */
#define E_SEEK         15 /* it has no positions */
#define E_MAX_OPEN     16 /* too many open files */
#define E_EXISTS       17 /* there is one of that name */
#define E_NOTEMPTY     18 /* a directory with entries */
#define E_PIPE         19 /* nobody reads the pipe */
#define E_LOST         20 /* memory is in use that nobody should have */
#define E_MAX          20

#endif
