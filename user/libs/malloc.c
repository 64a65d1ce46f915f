/*
 * malloc.c - blocks out of the heap that brk gives, first fit.
 *
 * Free blocks are a list by address, and those that touch are one. Nothing goes back to
 * the kernel before the program ends.
 */
#include "syscall.h"
#include "ulib.h"

/* In front of every block; a free one is in the list. */
struct block {
    size_t units;       /* with this one, of sizeof(struct block) */
    struct block *next; /* of a free one: the next by address */
};

static_assert(sizeof(struct block) == 16);

#define GROW ((size_t)1024) /* units at least, 16 KiB */

static struct block first; /* of no units: where the list begins */
static uintptr_t heap_end;

void
free(void *at) {
    if (at == NULL) {
        return;
    }
    struct block *block = (struct block *)at - 1, *before = &first;
    while (before->next != NULL && before->next < block) {
        before = before->next;
    }
    block->next = before->next;
    before->next = block;
    if (block + block->units == block->next) {
        block->units += block->next->units;
        block->next = block->next->next;
    }
    if (before != &first && before + before->units == block) {
        before->units += block->units;
        before->next = block->next;
    }
}

/* Room for `units` more at the end of the heap becomes a free block. */
static bool
grow(size_t units) {
    units = units < GROW ? GROW : units;
    uintptr_t end = 0;
    if (heap_end == 0) {
        if (syscall(SYS_brk, &end) != 0) {
            return false;
        }
        heap_end = ROUNDUP(end, sizeof(struct block));
    }
    end = heap_end + units * sizeof(struct block);
    uintptr_t asked = end;
    if (syscall(SYS_brk, &end) != 0 || end < asked) {
        return false;
    }
    struct block *block = (struct block *)heap_end;
    heap_end = asked;
    block->units = units;
    free(block + 1);
    return true;
}

/* The first free block of so many units, less what is beyond them; NULL: there is none. */
static void *
take(size_t units) {
    for (struct block *before = &first; before->next != NULL; before = before->next) {
        struct block *block = before->next;
        if (block->units == units) {
            before->next = block->next;
            return block + 1;
        }
        if (block->units > units) {
            block->units -= units;
            block += block->units;
            block->units = units;
            return block + 1;
        }
    }
    return NULL;
}

void *
malloc(size_t bytes) {
    if (bytes > INT32_MAX) {
        return NULL;
    }
    size_t units = 1 + ROUNDUP(bytes, sizeof(struct block)) / sizeof(struct block);
    void *at = take(units);
    return at != NULL || !grow(units) ? at : take(units);
}
