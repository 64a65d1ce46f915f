/*
 * sbi.h - calls to the firmware.
 *
 * Source: RISC-V Supervisor Binary Interface Specification 2.0; the chapter
 * of each extension is named beside its number.
 */
#ifndef KERN_DRIVER_SBI_H
#define KERN_DRIVER_SBI_H

#include "defs.h"

#define SBI_EXT_BASE 0x10       /* chapter 4 */
#define SBI_EXT_TIME 0x54494D45 /* chapter 6 */
#define SBI_EXT_HSM  0x48534D   /* chapter 9 */
#define SBI_EXT_SRST 0x53525354 /* chapter 10 */
#define SBI_EXT_DBCN 0x4442434E /* chapter 12 */

/* Chapter 5, "Legacy Extensions": one call each, no function number. */
#define SBI_LEGACY_SET_TIMER 0
#define SBI_LEGACY_PUTCHAR   1
#define SBI_LEGACY_GETCHAR   2
#define SBI_LEGACY_SHUTDOWN  8

struct sbi_result {
    long error; /* 0: done */
    long value;
};

struct sbi_result sbi_call(unsigned long ext, unsigned long fn, unsigned long a0, unsigned long a1,
                           unsigned long a2);

/* Does the firmware have this extension? Never, after sbi_use_legacy(). */
bool sbi_has(unsigned long ext);

/* Act as on a firmware that has the legacy calls only. */
void sbi_use_legacy(void);

/* From the base extension; 0 when it does not say. */
unsigned long sbi_spec_version(void);
unsigned long sbi_impl_id(void); /* 1 is OpenSBI */
unsigned long sbi_impl_version(void);

#endif
