/*
 * fuzz_vmm.c - vmm.c and pgfault.c under libFuzzer, each call compared with the model of
 * tests/host/vmm_steps.h.
 *
 * An input is up to 100 steps of six bytes: what, where in two of them, with what in
 * two, and how many allocations succeed in it. Every string of bytes means something.
 */
#include "host_env.h"

#include "stdio.h"
#include "vmm_steps.h"

/* Nothing is refused here by its number, so nothing is said of it. */
int
cprintf(const char *fmt, ...) {
    (void)fmt;
    return 0;
}

#define MOST_STEPS 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    start_spaces();
    for (size_t i = 0; i < MOST_STEPS && size >= 6; i++, data += 6, size -= 6) {
        step(data[0], data[1] | (unsigned)data[2] << 8, data[3] | (unsigned)data[4] << 8, data[5]);
    }
    finish_spaces();
    return 0;
}
