/* poison.c - see poison.h. The caller holds the zone's lock. */
#include "poison.h"
#include "string.h"

void *poison_window(uintptr_t pa); /* for policies only: window.h */

#define OWN_WORDS 16 /* more than poison_stack has on the stack */

static struct {
    const void **freed_by; /* of each frame: who freed it last; NULL: not watched */
    size_t n;              /* frames, as S3 says */
} watch;

static const char nobody; /* freed the pages of poison_new */

static size_t
index_of(const struct Page *page) {
    return (size_t)(page - pages);
}

/* The end of the frames that are [base, base + n) and may be watched. */
static size_t
watched_end(const struct Page *base, size_t n) {
    size_t end = index_of(base) + n;
    return end < watch.n ? end : watch.n;
}

void
poison_init(void *room, size_t n) {
    watch.freed_by = room;
    watch.n = poison_bytes(n) / sizeof(*watch.freed_by);
    memset(room, 0, poison_bytes(n));
}

void
poison_freed(struct Page *base, size_t n, const void *caller) {
    size_t end = watched_end(base, n);
    for (size_t i = index_of(base); i < end; i++) {
        watch.freed_by[i] = caller;
        memset(page2kva(&pages[i]), POISON_FREED, PGSIZE);
    }
}

void
poison_new(struct Page *base, size_t n) {
    poison_freed(base, n, &nobody);
}

/* The offset of the first byte that is not the poison, or PGSIZE. */
static size_t
first_wrong(const uint8_t *byte) {
    const uint64_t *word = (const uint64_t *)byte;
    const uint64_t right = POISON_FREED * (UINT64_MAX / 0xff);
    size_t i = 0;
    while (i < PGSIZE && word[i / sizeof(*word)] == right) {
        i += sizeof(*word);
    }
    while (i < PGSIZE && byte[i] == POISON_FREED) {
        i++;
    }
    return i;
}

/* `when` it is looked at. */
static void
check_frame(size_t i, const char *when) {
    const uint8_t *byte = page2kva(&pages[i]);
    const void *freed_by = watch.freed_by[i];
    size_t offset = freed_by == NULL ? PGSIZE : first_wrong(byte);
    if (offset == PGSIZE) {
        return;
    }
    panic("use after free: page %#zx holds %#x at offset %#zx, not the poison; %s%s, found %s",
          page2ppn(&pages[i]), byte[offset], offset,
          freed_by == &nobody ? "never granted" : "freed by ",
          freed_by == &nobody ? "" : caller_name(freed_by), when);
}

void
poison_granted(struct Page *base, size_t n) {
    size_t end = watched_end(base, n);
    for (size_t i = index_of(base); i < end; i++) {
        check_frame(i, "at its next grant");
        watch.freed_by[i] = NULL;
        memset(page2kva(&pages[i]), POISON_GRANTED, PGSIZE);
    }
}

/* Calls nobody: it stands on what it fills. */
__noinline void
poison_stack(uintptr_t bottom) {
    volatile uint64_t *own = (volatile uint64_t *)__builtin_frame_address(0) - OWN_WORDS;
    for (volatile uint64_t *word = (volatile uint64_t *)bottom; word < own; word++) {
        *word = POISON_GRANTED * (UINT64_MAX / UINT8_MAX);
    }
}

void
poison_audit(void) {
    for (size_t i = 0; i < watch.n; i++) {
        check_frame(i, "by the audit");
    }
}

void *
poison_window(uintptr_t pa) {
    size_t i = index_of(pa2page(pa));
    if (i < watch.n) {
        watch.freed_by[i] = NULL;
    }
    return KADDR(pa);
}
