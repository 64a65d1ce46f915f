/*
 * fuzz_page_table.c - page_table.c under libFuzzer, each call compared with the model of
 * tests/host/page_table_steps.h.
 *
 * An input is up to 100 steps of four bytes: what, where, with what, and how many
 * allocations succeed in it. Every string of bytes means something.
 */
#include "host_env.h"

#include "page_table_steps.h"

#define MOST_STEPS 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    start_empty();
    for (size_t i = 0; i < MOST_STEPS && size >= 4; i++, data += 4, size -= 4) {
        step(data[0], data[1], data[2], data[3]);
    }
    finish();
    return 0;
}
