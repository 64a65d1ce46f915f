/* power.h - end the run, with a status that the host sees. */
#ifndef KERN_DRIVER_POWER_H
#define KERN_DRIVER_POWER_H

#include "defs.h"

enum {
    STATUS_FAILED = 1, /* a command of a run failed */
    STATUS_PANIC = 100,
    STATUS_BAD_ARG = 101, /* a boot argument the kernel does not know */
};

/* The physical address of a sifive,test device, from the device tree; 0: none. */
void power_init(uint64_t test_device);

/*
 * Print the verdict and switch the machine off; status 0..255. The test device
 * hands the status to QEMU; without one the printed line is all there is.
 */
__noreturn void power_off(unsigned status);

#endif
