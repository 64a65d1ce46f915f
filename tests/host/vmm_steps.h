/*
 * vmm_steps.h - one call of vmm.c and pgfault.c after the other, each compared with the model of
 * vmm_env.h.
 *
 * Any four numbers are a step, for random tests and for a fuzzer. In one file of
 * a program.
 */
#ifndef TESTS_HOST_VMM_STEPS_H
#define TESTS_HOST_VMM_STEPS_H

#include "vmm_check.h"

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
    check_stat(s);
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

/* The entry of a page that is present, as the hardware finds it. */
static pte_t *
leaf_of(const struct space *s, uintptr_t addr) {
    pte_t entry[PT_LEVELS];
    translate(s->mm->pgdir, addr, entry);
    return (pte_t *)((entry[1] >> 10 << 12) + va_pa_offset) + (addr >> PGSHIFT & 511);
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
            *leaf_of(s, addr) |= marks;
            tlb_flush_page(addr); /* it knows what it has set itself */
            c->accessed = true;
            if (access == VM_WRITE) {
                c->dirty = true;
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

/* The n-th cell that is in a range, going round, or cell n; the next one if it is no page. */
static size_t
mapped_page(const struct space *s, size_t n) {
    size_t i = n % CELLS;
    for (size_t seen = 0, k = 0; k < CELLS * 2; k++) {
        if (s->cell[k % CELLS].mapped && seen++ == n % 16) {
            i = k % CELLS;
        }
    }
    return is_page(i) ? i : i + 1;
}

/* Mostly of what may be used; or where somebody points to who does not wish it well. */
static uintptr_t
address(const struct space *s, unsigned where, unsigned more) {
    static const uintptr_t hostile[] = {0,           USER_BASE - 1, USER_TOP,   (uintptr_t)1 << 38,
                                        LINEAR_BASE, IMAGE_BASE,    UINTPTR_MAX};
    static const size_t offset[] = {0, 1, 100, PGSIZE - 1, PGSIZE - 8};
    size_t n = where / 8, i = n % CELLS;
    if (where % 8 == 0) {
        return hostile[n % ARRAY_SIZE(hostile)];
    }
    i = where % 8 < 3 ? i + !is_page(i) : mapped_page(s, n);
    return cell_at[i] + offset[more % ARRAY_SIZE(offset)];
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
    size_t i = map || where % 4 == 0 ? where % CELLS : mapped_page(s, where / 4);
    size_t end = i + cells[more % 8];
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

/* No page is used any more, nor, if `clean`, stored to; and the heap keeps no empty slab. */
static void
step_clear(struct space *s, bool clean) {
    kmem_shrink();
    for (size_t i = 0; clean && i < CELLS; i++) {
        if (s->cell[i].content != NULL) {
            *leaf_of(s, cell_at[i]) &= ~(pte_t)PTE_D;
            s->cell[i].dirty = false;
        }
    }
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
    } else if (s->mm == NULL || more % 4 == 0) {
        (void)step_create(to);
    } else {
        (void)step_dup(to, s);
    }
}

static void
step_in(struct space *s, unsigned what, unsigned where, unsigned more) {
    static const uint32_t accesses[] = {VM_READ, VM_WRITE, VM_WRITE, VM_EXEC};
    uintptr_t addr = address(s, where, more / 4);
    uint32_t access = accesses[more % 4];
    uint8_t byte = (uint8_t)(where + more);
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
        check_stat(s);
        break;
    case 12:
        step_clear(s, more % 2 == 0);
        break;
    default:
        (void)step_access(s, access, addr, more / 128 % 2 == 0, byte);
    }
}

/* Any four numbers are a step; `left` allocations succeed in it, or all. */
static void
step(unsigned what, unsigned where, unsigned more, unsigned left) {
    struct space *s = &space[what / 16 % SPACES];
    allocations_left = left % 64 < 16 ? left % 64 : NEVER;
    if (allocations_left != NEVER) {
        exhaust_heap();
    }
    if (s->mm == NULL) {
        step_space(s, &space[(what / 16 + 1) % SPACES], more);
    } else {
        step_in(s, what, where, more);
    }
    allocations_left = NEVER;
    refill_heap();
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
    kmem_shrink();
    must(count_granted() == 0, "%zu pages are lost", count_granted());
}

#endif
