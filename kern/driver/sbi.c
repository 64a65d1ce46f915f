/* sbi.c - see sbi.h. */
#include "sbi.h"

enum { BASE_SPEC_VERSION = 0, BASE_IMPL_ID = 1, BASE_IMPL_VERSION = 2, BASE_PROBE = 3 };

struct sbi_result
sbi_call(unsigned long ext, unsigned long fn, unsigned long a0, unsigned long a1,
         unsigned long a2) {
    register unsigned long r0 __asm__("a0") = a0;
    register unsigned long r1 __asm__("a1") = a1;
    register unsigned long r2 __asm__("a2") = a2;
    register unsigned long r6 __asm__("a6") = fn;
    register unsigned long r7 __asm__("a7") = ext;
    __asm__ volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r6), "r"(r7) : "memory");
    return (struct sbi_result){(long)r0, (long)r1};
}

static unsigned long
base_value(unsigned long fn, unsigned long arg) {
    struct sbi_result r = sbi_call(SBI_EXT_BASE, fn, arg, 0, 0);
    return r.error == 0 ? (unsigned long)r.value : 0;
}

static bool legacy;

void
sbi_use_legacy(void) {
    legacy = true;
}

bool
sbi_has(unsigned long ext) {
    return !legacy && base_value(BASE_PROBE, ext) != 0;
}

unsigned long
sbi_spec_version(void) {
    return base_value(BASE_SPEC_VERSION, 0);
}

unsigned long
sbi_impl_id(void) {
    return base_value(BASE_IMPL_ID, 0);
}

unsigned long
sbi_impl_version(void) {
    return base_value(BASE_IMPL_VERSION, 0);
}
