/* kernel_map.c - see kernel_map.h. */
#include "kernel_map.h"
#include "string.h"

/* One root, three of the middle, seven of the last: one wherever pieces meet within 2 MiB. */
#define TABLES   11
#define SEGMENTS (4 + 2 + 3 * KERNEL_STACKS + 1)

pde_t *boot_pgdir;

static _Alignas(PGSIZE) pte_t tables[TABLES][PT_ENTRIES];
static size_t ntables; /* of them in use */

static struct kernel_segment segments[SEGMENTS];
static size_t nsegments;

static pte_t *
new_table(void) {
    assert(ntables < TABLES);
    return memset(tables[ntables++], 0, sizeof(tables[0]));
}

/* Bytes that a leaf maps. */
static size_t
leaf_size(unsigned level) {
    return (size_t)1 << PT_SHIFT(level);
}

/* The level of the largest leaf that maps no more than `left` bytes, some pages, and can begin
 * at both of two addresses: `bits` are those of the one or the other. */
static unsigned
leaf_level(uintptr_t bits, size_t left) {
    unsigned level = 0;
    while (bits % leaf_size(level) != 0 || left < leaf_size(level)) {
        level++;
    }
    return level;
}

/* The entry for `va` in a table of that level, with the tables that are missing on the way. */
static pte_t *
entry_at(uintptr_t va, unsigned level) {
    pte_t *table = boot_pgdir;
    for (unsigned l = 0; l < level; l++) {
        pte_t *entry = &table[PT_INDEX(va, l)];
        if (*entry == 0) {
            const pte_t *below = new_table();
            *entry = pte_create(PADDR(below) >> PGSHIFT, PTE_G | PTE_V);
        }
        table = pte_table(*entry);
    }
    return &table[PT_INDEX(va, level)];
}

static void
map_segment(const struct kernel_segment *s) {
    uint64_t flags = s->perm | PTE_G | PTE_A | PTE_D | PTE_V;
    size_t done = 0;
    while (done < s->size) {
        uintptr_t va = s->va + done, pa = s->pa + done;
        unsigned level = leaf_level(va | pa, s->size - done);
        *entry_at(va, level) = pte_create(pa >> PGSHIFT, flags);
        done += leaf_size(level);
    }
}

/* [va, end) sees physical memory from `pa` on; segments come upwards, and may be empty. */
static void
add(const char *name, uintptr_t va, uintptr_t end, uintptr_t pa, uint64_t perm) {
    struct kernel_segment *s = &segments[nsegments++];
    *s = (struct kernel_segment){name, va, pa, end - va, perm};
    if (perm != 0) {
        map_segment(s);
    }
}

/* All physical memory; the image's text and constants are not written here either. */
static void
add_linear_map(uintptr_t text, uintptr_t rodata, uintptr_t rodata_end) {
    const uintptr_t base = LINEAR_BASE;
    const uintptr_t end = base + ((uintptr_t)LINEAR_GIGS << GIGAPAGE_SHIFT);
    add("linear map", base, base + text, 0, PTE_R | PTE_W);
    add("kernel text in the linear map", base + text, base + rodata, text, PTE_R);
    add("kernel rodata in the linear map", base + rodata, base + rodata_end, rodata, PTE_R);
    add("linear map", base + rodata_end, end, rodata_end, PTE_R | PTE_W);
}

static void
add_image(const struct kernel_image *image, uintptr_t text_end, uintptr_t used_end) {
    const uintptr_t to_pa = image->pa - image->start;
    uintptr_t data = image->rodata_end;
    add("kernel text", image->start, text_end, image->pa, PTE_R | PTE_X);
    add("kernel rodata", text_end, data, text_end + to_pa, PTE_R);
    for (size_t i = 0; i < KERNEL_STACKS; i++) {
        const struct kernel_stack *s = &image->stack[i];
        add("kernel data", data, s->guard, data + to_pa, PTE_R | PTE_W);
        add(s->guard_name, s->guard, s->base, s->guard + to_pa, 0);
        add(s->name, s->base, s->top, s->base + to_pa, PTE_R | PTE_W);
        data = s->top;
    }
    add("kernel data", data, used_end, data + to_pa, PTE_R | PTE_W);
}

void
kernel_map_init(const struct kernel_image *image) {
    const uintptr_t to_pa = image->pa - image->start;
    uintptr_t text_end = ROUNDUP(image->text_end, PGSIZE);
    if (image->pa >> GIGAPAGE_SHIFT >= LINEAR_GIGS) {
        panic("kernel_map: the image was loaded at %#lx, beyond the linear map",
              (unsigned long)image->pa);
    }
    ntables = nsegments = 0;
    boot_pgdir = new_table();
    add_linear_map(image->pa, text_end + to_pa, image->rodata_end + to_pa);
    add_image(image, text_end, ROUNDUP(image->used_end, PGSIZE));
    assert(nsegments == SEGMENTS);
}

const struct kernel_segment *
kernel_map_segments(size_t *n) {
    *n = nsegments;
    return segments;
}

const struct kernel_segment *
kernel_map_segment(uintptr_t va) {
    for (size_t i = 0; i < nsegments; i++) {
        if (va - segments[i].va < segments[i].size) {
            return &segments[i];
        }
    }
    return NULL;
}
