/*
 * machine.h - what the firmware said about the machine, as plain data.
 *
 * Filled once at boot by dtb_read(); read by everybody; no pointers into the tree.
 */
#ifndef KERN_DRIVER_MACHINE_H
#define KERN_DRIVER_MACHINE_H

#include "defs.h"

#define MACHINE_RANGES   64   /* ranges kept of each kind */
#define MACHINE_BOOTARGS 1024 /* bytes, with the final 0 */
#define MACHINE_HARTS    64   /* whose ids are kept */
#define MACHINE_WARNINGS 8    /* kept; the rest are only counted */

/* Physical addresses [base, end). */
struct range {
    uint64_t base, end;
};

/* Ranges as found: unsorted, unaligned, perhaps overlapping; see memranges.h. */
struct ranges {
    size_t n;
    struct range r[MACHINE_RANGES];
};

struct machine {
    struct ranges memory;         /* memory nodes */
    struct ranges reserved;       /* /reserved-memory children and the reservation block */
    struct range initrd;          /* empty: none */
    struct range dtb;             /* the tree itself */
    uint64_t test_device;         /* address of the sifive,test device, 0: none */
    uint32_t timer_hz;            /* timebase-frequency, 0: not said */
    unsigned nharts;              /* harts in /cpus that are not disabled */
    uint64_t hart[MACHINE_HARTS]; /* the ids of the first of them */
    char model[64];               /* of the root node */
    char bootargs[MACHINE_BOOTARGS];

    uint64_t firmware_instructions; /* before the kernel, by the hart's own count */
    uint64_t boot_instructions;     /* from the first line to the prompt, by init.c */

    /* What was odd in the tree and was passed over; boot shows it. */
    unsigned nwarnings;
    char warnings[MACHINE_WARNINGS][96];
};

#endif
