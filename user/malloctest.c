/* malloctest.c - blocks keep what is in them, and are one again when all are free. */
#include "string.h"
#include "syscall.h"
#include "ulib.h"

#define SLOTS 64
#define STEPS 20000
#define BLOCK 700 /* bytes at most, of most blocks */

static struct {
    unsigned char *at; /* NULL: none */
    size_t bytes;
} slots[SLOTS];

static uint64_t seed = 1;

static uint64_t
random_number(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uintptr_t
heap_end(void) {
    uintptr_t end = 0;
    assert(syscall(SYS_brk, &end) == 0);
    return end;
}

static void
give_back(size_t i) {
    for (size_t b = 0; b < slots[i].bytes; b++) {
        if (slots[i].at[b] != (unsigned char)i) {
            panic("byte %zu of %zu in block %zu is %#x", b, slots[i].bytes, i, slots[i].at[b]);
        }
    }
    free(slots[i].at);
    slots[i].at = NULL;
}

static void
take(size_t i) {
    size_t most = random_number() % 100 == 0 ? (size_t)100 * BLOCK : BLOCK;
    slots[i].bytes = random_number() % most;
    slots[i].at = malloc(slots[i].bytes);
    assert(slots[i].at != NULL && (uintptr_t)slots[i].at % 16 == 0);
    memset(slots[i].at, (int)i, slots[i].bytes);
}

int
main(void) {
    uintptr_t start = heap_end();
    for (int step = 0; step < STEPS; step++) {
        size_t i = random_number() % SLOTS;
        if (slots[i].at != NULL) {
            give_back(i);
        } else {
            take(i);
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].at != NULL) {
            give_back(i);
        }
    }
    uintptr_t end = heap_end();
    void *whole = malloc(end - start - 64);
    assert(whole != NULL && heap_end() == end); /* out of what was given back */
    free(whole);
    free(NULL);
    assert(malloc((size_t)-1) == NULL);
    assert(end - start < (size_t)1 << 20);
    cprintf("malloctest: %zu KiB were enough\n", (end - start) >> 10);
    cprintf("malloctest pass.\n");
    return 0;
}
