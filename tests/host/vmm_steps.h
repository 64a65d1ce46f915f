/*
 * vmm_steps.h - one call of vmm.c and pgfault.c after the other, each compared with the model of
 * vmm_env.h.
 *
 * Any four numbers are a step, for random tests and for a fuzzer. In one file of
 * a program.
 */
#ifndef TESTS_HOST_VMM_STEPS_H
#define TESTS_HOST_VMM_STEPS_H

#include "vmm_env.h"

#define FILLERS 60 /* ranges of nobody, so that the heap often needs a page for one more */

static struct vma_struct *filler[FILLERS];

/* ---- what must hold between steps ------------------------------------------------------------ */

/* The frame of each content: FRAMES until one is seen. */
static size_t frame_of[FRAMES];

static void
check_page(const struct space *s, size_t i) {
    const struct cell *c = &s->cell[i];
    uintptr_t la = cell_at[i];
    pte_t entry[PT_LEVELS];
    pte_t e = entry[translate(s->mm->pgdir, la, entry)];
    if (c->content == NULL) {
        must(e == 0, "%#lx: %#lx, and there is no page", la, e);
        return;
    }
    must(e != 0 && entry[PT_LEVELS - 1] == e, "%#lx: the page is lost", la);
    size_t frame = (e >> 10) - nbase;
    size_t *known = &frame_of[c->content - content];
    must(frame < FRAMES && granted[frame], "%#lx: %#lx is no frame of anybody", la, e);
    must(*known == FRAMES || *known == frame, "%#lx: not the page that the others have", la);
    *known = frame;
    must(frames[frame].ref == c->content->refs, "%#lx: ref %d, not %d", la, frames[frame].ref,
         c->content->refs);
    must(memcmp(contents[frame], c->content->bytes, PGSIZE) == 0, "%#lx: other bytes", la);
    pte_t may = PTE_U | PTE_V | PTE_A | PTE_D | ((c->flags & VM_READ) != 0 ? PTE_R : 0) |
                ((c->flags & VM_EXEC) != 0 ? PTE_X : 0);
    may |= (c->flags & VM_WRITE) != 0 && c->content->refs == 1 ? PTE_W : 0; /* A2 */
    must((e & 0x3ff & ~may) == 0, "%#lx: %#lx, where only %#lx may be", la, e, may);
    must((may & ~e & ~(pte_t)(PTE_W | PTE_A | PTE_D)) == 0, "%#lx: %#lx lacks what may be", la, e);
    must(((e & PTE_A) != 0) == c->accessed, "%#lx: accessed or not, %#lx", la, e);
}

static void
check_ranges(const struct space *s) {
    const struct vma_struct *vma = vma_end(&s->mm->vmas, 0);
    for (size_t i = 0; i < CELLS; i++) {
        const struct vma_struct *found = find_vma(&s->mm->vmas, cell_at[i]);
        must((found != NULL) == s->cell[i].mapped, "%#lx: in a range or not", cell_at[i]);
        if (starts_range(s, i)) {
            uintptr_t end = cell_at[range_end(s, i)];
            must(vma != NULL && vma->start == cell_at[i] && vma->end == end, "not %#lx to %#lx",
                 cell_at[i], end);
            must(vma->flags == s->cell[i].flags, "%#lx: flags %x", vma->start, vma->flags);
            vma = vma_next(vma, 1);
        }
    }
    must(vma == NULL, "a range more");
}

static void
count_leaf(uintptr_t la, size_t size, pte_t leaf, void *n) {
    (void)la, (void)size;
    *(size_t *)n += (leaf & PTE_G) == 0;
}

static void
check_space(const struct space *s) {
    struct mm_stat right = {0}, stat;
    size_t leaves = 0;
    check_ranges(s);
    for (size_t i = 0; i < CELLS; i++) {
        const struct cell *c = &s->cell[i];
        right.promised += c->mapped ? (cell_at[i + 1] - cell_at[i]) / PGSIZE : 0;
        right.present += c->content != NULL;
        right.shared += c->content != NULL && c->content->refs > 1;
        right.accessed += c->content != NULL && c->accessed;
        if (is_page(i)) {
            check_page(s, i);
        }
    }
    mm_stat(s->mm, &stat);
    must(memcmp(&stat, &right, sizeof(stat)) == 0, "mm_stat: %zu %zu %zu %zu", stat.promised,
         stat.present, stat.shared, stat.accessed);
    pgdir_for_each(s->mm->pgdir, count_leaf, &leaves);
    must(leaves == right.present, "%zu pages, %zu of them known", leaves, right.present);
    size_t half = PGSIZE / 2;
    must(memcmp((char *)s->mm->pgdir + half, (char *)kernel_root + half, half) == 0,
         "the kernel's half");
    must(s->mm->brk_start == s->brk_start && s->mm->brk == s->brk, "the break");
}

/* Pages, tables and slabs add up to what is granted. */
static void
check_everything(void) {
    size_t known = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        frame_of[i] = FRAMES;
        known += content[i].refs != 0;
    }
    for (struct space *s = space; s < space + SPACES; s++) {
        if (s->mm != NULL) {
            check_space(s);
            known += 1 + tables(s, CELLS);
        }
    }
    kmem_for_each_cache(count_slabs, &known);
    must(count_granted() == known, "%zu pages in use, %zu known", count_granted(), known);
    check_tlb();
}

/* ---- the steps ------------------------------------------------------------------------------- */

static int
step_map(struct space *s, uintptr_t start, size_t len, uint32_t flags) {
    int right = model_map(s, start, len, flags, available());
    int got = mm_map(s->mm, start, len, flags);
    must(got == right, "mm_map(%#lx, %#zx, %x): %d, not %d", start, len, flags, got, right);
    return got;
}

static int
step_unmap(struct space *s, uintptr_t start, size_t len) {
    int right = model_unmap(s, start, len, available());
    int got = mm_unmap(s->mm, start, len);
    must(got == right, "mm_unmap(%#lx, %#zx): %d, not %d", start, len, got, right);
    return got;
}

static int
step_brk(struct space *s, uintptr_t brk) {
    uintptr_t old = ROUNDUP(s->brk, PGSIZE), new = ROUNDUP(brk, PGSIZE);
    int right = s->brk_start == 0 || brk < s->brk_start || brk > USER_TOP ? -E_INVAL
                : new > old ? model_map(s, old, new - old, VM_READ | VM_WRITE, available())
                : new < old ? model_unmap(s, new, old - new, available())
                            : 0;
    s->brk = right == 0 ? brk : s->brk;
    int got = mm_brk(s->mm, brk);
    must(got == right, "mm_brk(%#lx): %d, not %d", brk, got, right);
    return got;
}

/* A heap, as a loader gives one. */
static void
give_brk(struct space *s, uintptr_t at) {
    s->brk_start = s->brk = s->mm->brk_start = s->mm->brk = at;
}

static int
step_create(struct space *s) {
    bool right = slabs_missing("mm_struct", 1) + 1 <= available();
    s->mm = mm_create();
    must((s->mm != NULL) == right, "mm_create: %p", (void *)s->mm);
    return s->mm == NULL ? -E_NO_MEM : 0;
}

static int
step_dup(struct space *to, const struct space *s) {
    size_t cost = slabs_missing("mm_struct", 1) + 1 + slabs_missing("vma_struct", ranges(s)) +
                  tables(s, CELLS);
    bool right = cost <= available();
    struct mm_struct *mm = mm_dup(s->mm);
    must((mm != NULL) == right, "mm_dup: %p, and it takes %zu pages", (void *)mm, cost);
    if (mm == NULL) {
        return -E_NO_MEM;
    }
    *to = *s;
    to->mm = mm;
    for (size_t i = 0; i < CELLS; i++) {
        struct content *c = to->cell[i].content;
        to->cell[i].accessed = c != NULL;
        if (c != NULL) {
            c->refs++;
        }
    }
    return 0;
}

static void
switch_to(const pte_t *root) {
    if (hart_root != root) {
        hart_root = root;
        tlb_flush_all();
        check_tlb();
    }
}

static void
step_destroy(struct space *s) {
    if (hart_root == s->mm->pgdir) {
        switch_to(kernel_root);
    }
    mm_destroy(s->mm);
    for (size_t i = 0; i < CELLS; i++) {
        drop(&s->cell[i]);
    }
    *s = (struct space){0};
}

static int
step_fault(struct space *s, uint32_t access, uintptr_t addr) {
    size_t left = available();
    int right = model_fault(s, access, addr, &left);
    int got = do_pgfault(s->mm, access, addr);
    must(got == right, "do_pgfault(%u, %#lx): %d, not %d", access, addr, got, right);
    return got;
}

static uint64_t
needed_for(uint32_t access) {
    return PTE_U | (access == VM_READ ? PTE_R : access == VM_WRITE ? PTE_W : PTE_X);
}

/*
 * A program makes an access; the hart sets marks, or faults where one is missing. What is served
 * is done without a second fault.
 */
static int
step_access(struct space *s, uint32_t access, uintptr_t addr, bool sets_marks, uint8_t byte) {
    uint64_t need = needed_for(access), marks = PTE_A | (access == VM_WRITE ? PTE_D : 0);
    switch_to(s->mm->pgdir);
    for (int faults = 0;; faults++) {
        pte_t entry[PT_LEVELS];
        unsigned level = translate(hart_root, addr, entry);
        pte_t e = sv39_address(addr) ? entry[level] : 0;
        if ((e & need) == need && (sets_marks || (e & marks) == marks)) {
            struct cell *c = &s->cell[cell_of(addr)];
            pte_t *table = (pte_t *)((entry[1] >> 10 << 12) + va_pa_offset);
            table[addr >> PGSHIFT & 511] |= marks;
            tlb_flush_page(addr); /* it knows what it has set itself */
            c->accessed = true;
            if (access == VM_WRITE) {
                c->content->bytes[addr % PGSIZE] = byte;
                contents[(e >> 10) - nbase][addr % PGSIZE] = (char)byte;
            }
            return 0;
        }
        must(faults == 0, "%#lx: the hart faults again, %#lx", addr, e);
        int error = step_fault(s, access, addr);
        if (error != 0) {
            return error;
        }
        check_tlb();
    }
}

/* ---- copies ---------------------------------------------------------------------------------- */

#define MOST_BYTES (2 * PGSIZE + 64)
#define CANARY     0x5a

static uint8_t got_bytes[MOST_BYTES + 8], right_bytes[MOST_BYTES + 8];

enum copy { TO_USER, FROM_USER, TEXT };

/* What is copied must do, byte by byte; `right_bytes` from or to there. */
static int
model_copy(struct space *s, enum copy way, uintptr_t addr, size_t len) {
    size_t left = available();
    for (size_t k = 0; k < len; k++) {
        if (k == 0 || (addr + k) % PGSIZE == 0) {
            uint32_t access = way == TO_USER ? VM_WRITE : VM_READ;
            int error = model_fault(s, access, addr + k, &left);
            if (error != 0) {
                return error;
            }
        }
        uint8_t *byte = &s->cell[cell_of(addr + k)].content->bytes[(addr + k) % PGSIZE];
        *(way == TO_USER ? byte : &right_bytes[k]) = way == TO_USER ? right_bytes[k] : *byte;
        if (way == TEXT && *byte == 0) {
            return (int)k;
        }
    }
    return way == TEXT ? -E_INVAL : 0;
}

/* `len` is at most MOST_BYTES, or nothing can be had at `addr`. */
static int
step_copy(struct space *s, enum copy way, uintptr_t addr, size_t len, uint8_t byte) {
    memset(got_bytes, CANARY, sizeof(got_bytes));
    memset(right_bytes, CANARY, sizeof(right_bytes));
    for (size_t k = 0; way == TO_USER && k < len && k < MOST_BYTES; k++) {
        got_bytes[k] = right_bytes[k] = (uint8_t)(byte + k % 7);
    }
    int right = model_copy(s, way, addr, len);
    int got = way == TO_USER     ? copy_to_user(s->mm, addr, got_bytes, len)
              : way == FROM_USER ? copy_from_user(s->mm, got_bytes, addr, len)
                                 : copy_text_from_user(s->mm, (char *)got_bytes, addr, len);
    must(got == right, "copy %u of %zu bytes at %#lx: %d, not %d", way, len, addr, got, right);
    must(memcmp(got_bytes, right_bytes, sizeof(got_bytes)) == 0, "copy %u at %#lx: other bytes",
         way, addr);
    return got;
}

/* ---- any four numbers ------------------------------------------------------------------------ */

/* Where a program, or somebody who does not wish it well, may point to. */
static uintptr_t
address(unsigned where, unsigned more) {
    static const uintptr_t hostile[] = {0,           USER_BASE - 1, USER_TOP,   (uintptr_t)1 << 38,
                                        LINEAR_BASE, IMAGE_BASE,    UINTPTR_MAX};
    static const size_t offset[] = {0, 1, 100, PGSIZE - 1, PGSIZE - 8};
    size_t i = where % (CELLS + ARRAY_SIZE(hostile));
    if (i >= CELLS) {
        return hostile[i - CELLS];
    }
    return cell_at[is_page(i) ? i : i + 1] + offset[more % ARRAY_SIZE(offset)];
}

/* Bytes from `addr` on: not into what the model does not know, and any number where nothing is. */
static size_t
length(uintptr_t addr, unsigned more) {
    static const size_t of[] = {0, 1, 2, 20, PGSIZE, PGSIZE + 9, MOST_BYTES, SIZE_MAX};
    size_t len = of[more % ARRAY_SIZE(of)], i = cell_of(addr), most = MOST_BYTES;
    if (i == CELLS) {
        return len;
    }
    while (is_page(i)) {
        i++;
    }
    if (i < CELLS && cell_at[i] - addr < most) {
        most = cell_at[i] - addr;
    }
    return len < most ? len : most;
}

/* Of whole cells, or wrong by a little. */
static void
step_range(struct space *s, bool map, unsigned where, unsigned more) {
    static const size_t cells[] = {1, 1, 1, 2, 3, 5, 9, 40};
    static const uint32_t kinds[] = {VM_READ,
                                     VM_READ | VM_WRITE,
                                     VM_WRITE,
                                     VM_READ | VM_EXEC,
                                     VM_EXEC,
                                     VM_READ | VM_WRITE | VM_STACK,
                                     VM_READ | VM_WRITE | VM_STACK,
                                     0};
    size_t i = where % CELLS, end = i + cells[more % 8];
    uintptr_t start = cell_at[i];
    size_t len = cell_at[end < CELLS ? end : CELLS] - start;
    uint32_t flags = kinds[more / 8 % 8];
    switch (more / 64 % 32) {
    case 0:
        start++;
        break;
    case 1:
        len++;
        break;
    case 2:
        len = 0;
        break;
    case 3:
        len = -(size_t)PGSIZE;
        break;
    case 4:
        start = USER_BASE - PGSIZE;
        break;
    case 5:
        start = USER_TOP;
        break;
    case 6:
        flags |= map ? 16 : 0;
        break;
    default:
        break;
    }
    (void)(map ? step_map(s, start, len, flags) : step_unmap(s, start, len));
}

static void
step_heap(struct space *s, unsigned where, unsigned more) {
    size_t i = where % CELLS;
    i += !is_page(i);
    if (s->brk_start == 0) {
        give_brk(s, cell_at[i] + more % 3 * 100);
        return;
    }
    size_t end = cell_of(s->brk_start) + where % 8;
    end = end < CELLS ? end : CELLS;
    uintptr_t brk = more % 16 == 0   ? s->brk_start - 1
                    : more % 16 == 1 ? USER_TOP + 1
                                     : cell_at[end] + (is_page(end) ? more / 16 % 3 * 1000 : 0);
    step_brk(s, brk);
}

static void
step_find(struct space *s, unsigned which) {
    static const size_t of[] = {PGSIZE, 3 * PGSIZE, 12 * PGSIZE, 250 * PGSIZE, USER_TOP - USER_BASE,
                                0,      100,        SIZE_MAX};
    size_t len = of[which % ARRAY_SIZE(of)];
    uintptr_t right = highest_free(s, ROUNDUP(len, PGSIZE)), got = mm_find_free(s->mm, len);
    must(got == right, "mm_find_free(%#zx): %#lx, not %#lx", len, got, right);
}

static void
step_clear(struct space *s) {
    mm_clear_accessed(s->mm);
    for (size_t i = 0; i < CELLS; i++) {
        s->cell[i].accessed = false;
    }
}

/* Make the space, as a copy of s or empty; or destroy it. */
static void
step_space(struct space *to, const struct space *s, unsigned more) {
    if (to->mm != NULL) {
        step_destroy(to);
    } else if (more % 4 == 0) {
        (void)step_create(to);
    } else {
        (void)step_dup(to, s);
    }
}

/* Any four numbers are a step; `left` allocations succeed in it, or all. */
static void
step(unsigned what, unsigned where, unsigned more, unsigned left) {
    static const uint32_t accesses[] = {VM_READ, VM_WRITE, VM_WRITE, VM_EXEC};
    struct space *s = &space[what / 16 % SPACES];
    uintptr_t addr = address(where, more / 4);
    uint32_t access = accesses[more % 4];
    uint8_t byte = (uint8_t)(where + more);
    allocations_left = left % 64 < 40 ? left % 64 : NEVER;
    if (s->mm == NULL && step_create(s) != 0) {
        return;
    }
    switch (what % 16) {
    case 0:
    case 1:
    case 2:
        step_range(s, true, where, more);
        break;
    case 3:
        step_range(s, false, where, more);
        break;
    case 4:
        step_heap(s, where, more);
        break;
    case 5:
        step_space(&space[where % SPACES], s, more);
        break;
    case 6:
        (void)step_fault(s, access, addr);
        break;
    case 7:
        (void)step_copy(s, FROM_USER, addr, length(addr, more / 20), 0);
        break;
    case 8:
        (void)step_copy(s, TEXT, addr, length(addr, more / 20), 0);
        break;
    case 9:
    case 10:
        (void)step_copy(s, TO_USER, addr, length(addr, more / 20), byte);
        break;
    case 11:
        step_find(s, more);
        break;
    case 12:
        step_clear(s);
        break;
    default:
        (void)step_access(s, access, addr, more / 128 % 2 == 0, byte);
    }
    allocations_left = NEVER;
    check_everything();
}

static void
start_spaces(void) {
    start_hart(kernel_root);
    choose_cells();
    memset(kernel_root, 0, sizeof(kernel_root));
    kernel_root[300] = pte_create(0, PTE_G | PTE_A | PTE_D | PTE_R | PTE_V);
    memset(space, 0, sizeof(space));
    memset(content, 0, sizeof(content));
    slab_init();
    vmm_init();
    for (size_t i = 0; i < FILLERS; i++) {
        filler[i] = vma_create(0, PGSIZE, 0);
    }
    check_everything();
}

/* All is given back, and then every page is. */
static void
finish_spaces(void) {
    for (struct space *s = space; s < space + SPACES; s++) {
        if (s->mm != NULL) {
            step_destroy(s);
            check_everything();
        }
    }
    for (size_t i = 0; i < FILLERS; i++) {
        vma_destroy(filler[i]);
    }
    kmem_shrink();
    must(count_granted() == 0, "%zu pages are lost", count_granted());
}

#endif
