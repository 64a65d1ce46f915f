/*
 * fuzz_heap.c - slab.c and kmalloc.c under libFuzzer, each call compared with the model of
 * tests/host/slab_steps.h.
 *
 * An input is a policy, and up to 300 steps of four bytes: what, which in two of
 * them, and a pattern. Every string of bytes means something.
 */
#include "host_test.h"

#include "pmm_env.h"
#include "slab_steps.h"

#define MOST_STEPS 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    start_heap(pmm_policies[data[0] % pmm_npolicies]);
    data++, size--;
    for (size_t i = 0; i < MOST_STEPS && size >= 4; i++, data += 4, size -= 4) {
        step(data[0], data[1] | (size_t)data[2] << 8, data[3]);
    }
    finish_heap();
    return 0;
}
