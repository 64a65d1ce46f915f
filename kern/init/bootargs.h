/*
 * bootargs.h - what the command line of the kernel says.
 *
 *   pmm=NAME    the policy
 *   cache=1     a front cache of single pages before it (0: none, as without)
 *   checks=off  leave out the policy's own check
 *   failpage=N  the Nth alloc_pages fails
 *   failslab=N  the Nth allocation of the heap does
 *   sbi=legacy  use the firmware's oldest calls only, and no test device
 *   batch       nobody is at the terminal: switch off after the last command
 *   sched=NAME  the scheduling policy
 *   sh=...      commands for the shell; last, since it takes all that follows
 *   run=...     commands for the monitor; last, since it takes all that follows
 */
#ifndef KERN_INIT_BOOTARGS_H
#define KERN_INIT_BOOTARGS_H

#include "defs.h"

struct bootargs {
    const char *pmm;           /* NULL: not given */
    const char *run;           /* NULL: not given */
    const char *sh;            /* likewise */
    const char *sched;         /* likewise */
    size_t failpage, failslab; /* 0: none fails */
    bool cache;
    bool checks;
    bool batch;
    bool legacy_sbi;
};

/*
 * Read `line`, which is cut into pieces and must stay. NULL, or the first word
 * that is not understood.
 */
const char *bootargs_read(char *line, struct bootargs *args) __warn_unused;

#endif
