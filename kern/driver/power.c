/* power.c - see power.h. */
#include "power.h"
#include "memlayout.h"
#include "riscv.h"
#include "sbi.h"
#include "stdio.h"

#define TEST_PASS 0x5555U /* what the device takes for status 0 */
#define TEST_FAIL 0x3333U /* and, with the status above it, for any other */

static uint64_t device;

void
power_init(uint64_t test_device) {
    device = test_device < (uint64_t)LINEAR_GIGS << GIGAPAGE_SHIFT ? test_device : 0;
}

void
power_off(unsigned status) {
    cprintf("pagelab: off %u\n", status);
    uint64_t at = device;
    device = 0; /* where there is none the store faults, and the panic comes back here */
    if (at != 0) {
        *(volatile uint32_t *)KADDR(at) = status == 0 ? TEST_PASS : status << 16 | TEST_FAIL;
    }
    enum { SHUTDOWN = 0, NO_REASON = 0 };
    if (sbi_has(SBI_EXT_SRST)) {
        sbi_call(SBI_EXT_SRST, 0, SHUTDOWN, NO_REASON, 0);
    }
    sbi_call(SBI_LEGACY_SHUTDOWN, 0, 0, 0, 0);
    for (;;) {
        wait_for_interrupt();
    }
}
