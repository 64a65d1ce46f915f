/* ps.h - /dev/processes, a line for each process. */
#ifndef KERN_PROCESS_PS_H
#define KERN_PROCESS_PS_H

/* The files are ready. */
void ps_init(void);

#endif
