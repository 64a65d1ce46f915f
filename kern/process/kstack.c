/* kstack.c - see kstack.h. */
#include "kstack.h"

static uint64_t used[KSTACKS / 64];

static uintptr_t
bottom_of(size_t i) {
    return KSTACK_AREA + i * KSTACK_SLOT + PGSIZE;
}

static void
unmap(uintptr_t bottom) {
    for (uintptr_t va = bottom; va < bottom + KSTACK_SIZE; va += PGSIZE) {
        page_remove(boot_pgdir, va);
    }
}

static size_t
first_unused(void) {
    for (size_t word = 0; word < ARRAY_SIZE(used); word++) {
        for (size_t bit = 0; bit < 64 && used[word] != UINT64_MAX; bit++) {
            if ((used[word] >> bit & 1) == 0) {
                return word * 64 + bit;
            }
        }
    }
    return KSTACKS;
}

uintptr_t
kstack_alloc(void) {
    size_t i = first_unused();
    if (i == KSTACKS) {
        return 0;
    }
    uintptr_t bottom = bottom_of(i);
    for (uintptr_t va = bottom; va < bottom + KSTACK_SIZE; va += PGSIZE) {
        if (pgdir_alloc_page(boot_pgdir, va, PTE_R | PTE_W) == NULL) {
            unmap(bottom);
            return 0;
        }
    }
    used[i / 64] |= (uint64_t)1 << i % 64;
    return bottom + KSTACK_SIZE;
}

void
kstack_free(uintptr_t top) {
    size_t i = (top - KSTACK_AREA) / KSTACK_SLOT - 1;
    assert(bottom_of(i) + KSTACK_SIZE == top && (used[i / 64] >> i % 64 & 1) != 0);
    unmap(bottom_of(i));
    used[i / 64] &= ~((uint64_t)1 << i % 64);
}
