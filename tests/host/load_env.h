/*
 * load_env.h - ELF files that are cooked, and what load.c must make of them.
 *
 * Behind host_env.h; in one file of a program. What is wrong is a panic.
 */
#ifndef TESTS_HOST_LOAD_ENV_H
#define TESTS_HOST_LOAD_ENV_H

#define FRAMES 100 /* enough for any file here: only what is told to runs out */

#include "elf.h"
#include "error.h"
#include "intr.h"
#include "load.h"
#include "printed.h"
#include "space_env.h"

#define FILE_ROOM    12000 /* bytes */
#define MOST_HEADERS 16    /* that load.c takes */

/* ---- the file -------------------------------------------------------------------------------- */

static uint8_t file[FILE_ROOM];
static size_t file_size;
static int read_error; /* what reading says, unless 0 */

static int
read_file(void *arg, size_t offset, void *to, size_t n) {
    must(arg == file && offset <= file_size && n <= file_size - offset, "%zu bytes at %zu of %zu",
         n, offset, file_size);
    memcpy(to, file + offset, n);
    return read_error;
}

static struct elf_header
header(void) {
    struct elf_header h;
    memcpy(&h, file, sizeof(h));
    return h;
}

static struct elf_program_header
segment(const struct elf_header *h, size_t i) {
    struct elf_program_header ph;
    memcpy(&ph, file + h->phoff + i * sizeof(ph), sizeof(ph));
    return ph;
}

/* A file with `n` program headers, each of which may be what it is, and bytes that are all others.
 */
static void
start_file(const struct elf_program_header *ph, size_t n) {
    struct elf_header h = {
        .ident = {0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_LITTLE, 1},
        .type = ELF_EXEC,
        .machine = ELF_RISCV,
        .entry = 0x800020,
        .phoff = sizeof(h),
        .phentsize = sizeof(*ph),
        .phnum = (uint16_t)n,
    };
    for (size_t i = 0; i < FILE_ROOM; i++) {
        file[i] = (uint8_t)(i % 251 + 1);
    }
    memcpy(file, &h, sizeof(h));
    if (n > 0) {
        memcpy(file + sizeof(h), ph, n * sizeof(*ph));
    }
    file_size = FILE_ROOM;
    read_error = 0;
}

/* ---- what is right --------------------------------------------------------------------------- */

struct pages {
    uintptr_t first, last; /* bytes: first page, behind the last one */
};

/* Does a segment fit, beside those before it? Then its pages are *at. */
static bool
segment_fits(const struct elf_program_header *ph, const struct pages *others, size_t n,
             struct pages *at) {
    if (ph->va >= USER_TOP || ph->memsz > USER_TOP || ph->va + ph->memsz > USER_TOP ||
        ph->filesz > ph->memsz || (ph->flags & (ELF_R | ELF_W | ELF_X)) == 0) {
        return false;
    }
    *at = (struct pages){ROUNDDOWN(ph->va, PGSIZE), ROUNDUP(ph->va + ph->memsz, PGSIZE)};
    bool fits = at->first == at->last || at->first >= USER_BASE;
    for (size_t i = 0; i < n; i++) {
        fits = fits && (at->last <= others[i].first || others[i].last <= at->first ||
                        at->first == at->last);
    }
    return fits &&
           (ph->filesz == 0 || (ph->offset <= file_size && ph->filesz <= file_size - ph->offset));
}

/* Is it a program? *end: behind its last page. */
static bool
is_program(uintptr_t *end) {
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1};
    struct pages taken[MOST_HEADERS];
    size_t n = 0;
    *end = 0;
    struct elf_header h = header();
    if (file_size < sizeof(h) || memcmp(h.ident, ident, sizeof(ident)) != 0 || h.type != 2 ||
        h.machine != 243 || h.phentsize != 56 || h.phnum == 0 || h.phnum > MOST_HEADERS ||
        h.phoff > file_size || h.phnum * 56u > file_size - h.phoff) {
        return false;
    }
    for (size_t i = 0; i < h.phnum; i++) {
        struct elf_program_header ph = segment(&h, i);
        if (ph.type != ELF_LOAD) {
            continue;
        }
        if (!segment_fits(&ph, taken, n, &taken[n])) {
            return false;
        }
        *end = taken[n].last > *end ? taken[n].last : *end;
        n += taken[n].first != taken[n].last;
    }
    return *end != 0;
}

/* The byte that a segment has at `va`, in its pages. */
static uint8_t
right_byte(const struct elf_program_header *ph, uintptr_t va) {
    return va >= ph->va && va - ph->va < ph->filesz ? file[ph->offset + (va - ph->va)] : 0;
}

/* The ends of its pages, and all around the end of what the file has. */
static void
check_segment(struct mm_struct *mm, const struct elf_program_header *ph) {
    uintptr_t first = ROUNDDOWN(ph->va, PGSIZE), last = ROUNDUP(ph->va + ph->memsz, PGSIZE);
    uintptr_t loaded = ROUNDUP(ph->va + ph->filesz, PGSIZE);
    struct vma_struct *vma = find_vma(&mm->vmas, first);
    if (first == last) {
        return;
    }
    uint32_t rights = ((ph->flags & (ELF_R | ELF_W)) != 0 ? VM_READ : 0) |
                      ((ph->flags & ELF_W) != 0 ? VM_WRITE : 0) |
                      ((ph->flags & ELF_X) != 0 ? VM_EXEC : 0);
    must(vma != NULL && vma->end >= last && vma->flags == rights, "the range at %#lx", first);
    for (uintptr_t va = first; va < loaded && ph->filesz > 0; va++) {
        struct Page *page = get_page(mm->pgdir, va, NULL);
        must(page != NULL, "no page at %#lx", va);
        const uint8_t *bytes = page2kva(page);
        must(bytes[va % PGSIZE] == right_byte(ph, va), "%#lx: %d, not %d", va, bytes[va % PGSIZE],
             right_byte(ph, va));
    }
}

static void
check_loaded(struct mm_struct *mm, uintptr_t end, uintptr_t entry) {
    struct elf_header h = header();
    must(entry == h.entry, "it begins at %#lx", entry);
    must(mm->brk_start == end && mm->brk == end, "the heap begins at %#lx, not %#lx", mm->brk, end);
    for (size_t i = 0; i < h.phnum; i++) {
        struct elf_program_header ph = segment(&h, i);
        if (ph.type == ELF_LOAD) {
            check_segment(mm, &ph);
        }
    }
}

/* ---- loading it ------------------------------------------------------------------------------ */

static void
start_loading(void) {
    start_hart(kernel_root);
    slab_init();
    vmm_init();
}

/* Nothing is lost. */
static void
finish_loading(struct mm_struct *mm) {
    check_tlb();
    allocations_left = NEVER;
    if (mm != NULL) {
        mm_destroy(mm);
    }
    kmem_shrink();
    must(count_granted() == 0, "%zu pages are lost", count_granted());
}

/* Load it when so many allocations succeed: the result, and that it is right, unless memory ran
 * out. */
static int
load_with(unsigned allocations) {
    uintptr_t entry, end;
    bool right = is_program(&end);
    const struct image image = {file_size, read_file, file};
    start_loading();
    allocations_left = allocations;
    struct mm_struct *mm = mm_create();
    int error = mm == NULL ? -E_NO_MEM : load_elf(mm, &image, &entry);
    must(error == 0 || error == -E_INVAL_ELF || (error == -E_NO_MEM && available() == 0) ||
             error == read_error,
         "error %d", error);
    must(error != 0 || right, "what is no program was loaded");
    must(error != -E_INVAL_ELF || !right, "a program is refused");
    if (error == 0) {
        check_loaded(mm, end, entry);
    }
    finish_loading(mm);
    return error;
}

/* ---- recipes --------------------------------------------------------------------------------- */

static uint64_t
extreme(uint8_t which) {
    static const uint64_t values[] = {
        0,
        1,
        USER_BASE - PGSIZE,
        USER_BASE - 1,
        USER_BASE,
        0x800020,
        0x801000,
        0x802000,
        0x803ff8,
        USER_TOP - PGSIZE,
        USER_TOP,
        0xffffffff,
        0xffffffffc0200000,
        0x7fffffffffffffff,
        0xffffffffffffffff,
        USER_TOP - 8,
        4096,
        4095,
        8192,
        64,
        -PGSIZE,
        12000,
        11999,
        100,
        0x4000000000,
    };
    return values[which % ARRAY_SIZE(values)] + (which >> 5) * (which >> 5 & 1 ? 1ull : 8ull);
}

/*
 * Of any bytes: how many segments; of each seven, its kind, flags, address, a page of it, offset,
 * sizes; then what is changed, three bytes each; and how long the file is.
 */
static void
cook(const uint8_t *data, size_t size) {
    struct elf_program_header ph[MOST_HEADERS + 1] = {{0}};
    size_t n = size == 0 ? 0 : data[0] % 5, at = 1;
    for (size_t i = 0; i < n && at + 7 <= size; i++, at += 7) {
        const uint8_t *s = data + at;
        ph[i] = (struct elf_program_header){
            .type = s[0] % 8 == 0 ? s[0] / 8 : ELF_LOAD,
            .flags = s[1] % 16 == 0 ? 0 : s[1] % 8,
            .offset = s[4] % 16 == 0 ? extreme(s[4]) : s[4] * 40u,
            .va = s[2] % 16 == 0 ? extreme(s[3]) : 0x800000 + s[3] % 16u * 0x1000 + s[2] * 8u,
            .filesz = s[5] % 16 == 0 ? extreme(s[5]) : s[5] * 20u,
            .memsz = s[6] % 16 == 0 ? extreme(s[6]) : s[5] * 20u + s[6] * 50u,
        };
    }
    start_file(ph, n);
    for (; at + 3 <= size; at += 3) {
        size_t where = data[at] % (sizeof(struct elf_header) / 8 + n * sizeof(ph[0]) / 8) * 8;
        uint64_t value = extreme(data[at + 1]);
        memcpy(file + where + data[at + 2] % 8, &value, data[at + 2] / 8 % 9 % 8 + 1);
    }
    if (at < size) {
        file_size = data[at] * 8 < FILE_ROOM ? data[at] * 8u : FILE_ROOM;
    }
}

#endif
