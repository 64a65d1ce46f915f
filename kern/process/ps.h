/* ps.h - /dev/processes, a line for each process. */
#ifndef KERN_PROCESS_PS_H
#define KERN_PROCESS_PS_H

#include "node.h"

/* The files are ready. */
void ps_init(void);

/* The same to anywhere else. */
void ps_print(putch_t putch, void *arg);

#endif
