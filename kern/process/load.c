/* load.c - see load.h. */
#include "load.h"
#include "elf.h"
#include "error.h"
#include "string.h"

#define MAX_ARGS     64
#define MAX_SEGMENTS 16

static int
read_at(const struct image *image, uint64_t offset, void *to, uint64_t n) {
    if (offset > image->size || n > image->size - offset) {
        return -E_INVAL_ELF;
    }
    return image->read(image->arg, offset, to, n);
}

static bool
runs_here(const struct elf_header *h) {
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_LITTLE};
    return memcmp(h->ident, ident, sizeof(ident)) == 0 && h->type == ELF_EXEC &&
           h->machine == ELF_RISCV && h->phentsize == sizeof(struct elf_program_header) &&
           h->phnum <= MAX_SEGMENTS;
}

static uint32_t
vm_flags(uint32_t elf) {
    return ((elf & ELF_R) != 0 ? VM_READ : 0) | ((elf & ELF_W) != 0 ? VM_READ | VM_WRITE : 0) |
           ((elf & ELF_X) != 0 ? VM_EXEC : 0);
}

/* The page at `la` with what the file has for it: the program's own right may be less than a store.
 */
static int
fill_page(struct mm_struct *mm, const struct image *image, const struct elf_program_header *ph,
          uintptr_t la) {
    uintptr_t from = la > ph->va ? la : ph->va, end = ph->va + ph->filesz;
    uintptr_t to = la + PGSIZE < end ? la + PGSIZE : end;
    uint32_t flags = vm_flags(ph->flags);
    uint64_t perm = PTE_U | ((flags & VM_READ) != 0 ? PTE_R : 0) |
                    ((flags & VM_WRITE) != 0 ? PTE_W : 0) | ((flags & VM_EXEC) != 0 ? PTE_X : 0);
    struct Page *page = pgdir_alloc_page(mm->pgdir, la, perm);
    if (page == NULL) {
        return -E_NO_MEM;
    }
    memset(page2kva(page), 0, PGSIZE);
    return read_at(image, ph->offset + (from - ph->va), (char *)page2kva(page) + (from - la),
                   to - from);
}

/* What the file has is read now; pages that are zeroes only come when they are touched. */
static int
load_segment(struct mm_struct *mm, const struct image *image, const struct elf_program_header *ph,
             uintptr_t *end) {
    if (ph->va >= USER_TOP || ph->memsz > USER_TOP - ph->va || ph->filesz > ph->memsz ||
        vm_flags(ph->flags) == 0) {
        return -E_INVAL_ELF;
    }
    uintptr_t first = ROUNDDOWN(ph->va, PGSIZE), last = ROUNDUP(ph->va + ph->memsz, PGSIZE);
    int error = last == first ? 0 : mm_map(mm, first, last - first, vm_flags(ph->flags));
    uintptr_t end_of_file = ph->filesz == 0 ? first : ph->va + ph->filesz;
    for (uintptr_t la = first; error == 0 && la < end_of_file; la += PGSIZE) {
        error = fill_page(mm, image, ph, la);
    }
    *end = last > *end ? last : *end;
    return error == -E_INVAL ? -E_INVAL_ELF : error;
}

int
load_elf(struct mm_struct *mm, const struct image *image, uintptr_t *entry) {
    struct elf_header h;
    uintptr_t end = 0;
    int error = read_at(image, 0, &h, sizeof(h));
    if (error == 0 && !runs_here(&h)) {
        error = -E_INVAL_ELF;
    }
    for (size_t i = 0; error == 0 && i < h.phnum; i++) {
        struct elf_program_header ph;
        error = read_at(image, h.phoff + i * sizeof(ph), &ph, sizeof(ph));
        if (error == 0 && ph.type == ELF_LOAD) {
            error = load_segment(mm, image, &ph, &end);
        }
    }
    if (error == 0 && end == 0) {
        error = -E_INVAL_ELF;
    }
    mm->brk_start = mm->brk = end;
    *entry = h.entry;
    return error;
}

int
load_args(struct mm_struct *mm, size_t argc, const char *const texts[], uintptr_t *argv) {
    uintptr_t at[MAX_ARGS + 1], sp = USER_TOP;
    if (argc > MAX_ARGS) {
        return -E_TOO_BIG;
    }
    int error = mm_map(mm, USER_TOP - PGSIZE, PGSIZE, VM_READ | VM_WRITE | VM_STACK);
    for (size_t i = argc; error == 0 && i-- > 0;) {
        size_t n = strlen(texts[i]) + 1;
        if (n > sp - (USER_TOP - PGSIZE)) {
            return -E_TOO_BIG;
        }
        sp -= n;
        at[i] = sp;
        error = copy_to_user(mm, sp, texts[i], n);
    }
    at[argc] = 0;
    *argv = ROUNDDOWN(sp - (argc + 1) * sizeof(at[0]), 16);
    int count = (int)argc;
    if (error == 0) {
        error = copy_to_user(mm, *argv, at, (argc + 1) * sizeof(at[0]));
    }
    return error != 0 ? error : copy_to_user(mm, *argv - sizeof(count), &count, sizeof(count));
}
