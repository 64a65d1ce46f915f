/*
 * fuzz_load.c - kern/process/load.c under libFuzzer.
 *
 * The first byte of an input says how many allocations succeed, all from 32 on; the rest is a
 * recipe for an ELF file, as load_env.h cooks it. What is loaded is what the model says, and
 * nothing is lost.
 */
#include "host_test.h"

#include "host_env.h"
#include "load_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    printed[0] = '\0';
    if (size > 0) {
        cook(data + 1, size - 1);
        load_with(data[0] < 32 ? data[0] : NEVER);
    }
    return 0;
}
