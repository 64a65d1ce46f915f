/* check_vmm.c - the checks of ranges and address spaces: see check_vmm.h. */
#include "check_vmm.h"
#include "check_pgdir.h"
#include "error.h"
#include "kmalloc.h"
#include "stdio.h"
#include "string.h"
#include "vmm.h"

#define RW (VM_READ | VM_WRITE)

/* What every check does round its own part. */
static int
checked(const char *name, int (*check)(void)) {
    kmem_shrink();
    size_t before = pages_in_use();
    int error = check();
    kmem_shrink();
    assert(pages_in_use() == before);
    assert(error == 0 || error == -E_NO_MEM);
    cprintf("%s() %s\n", name, error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}

/* ---- check_vma_struct ------------------------------------------------------------------------ */

#define RANGES 100

/* Range i is two pages of five, page 0 is in none. */
#define START(i) ((uintptr_t)(5 * (i) + 1) * PGSIZE)
#define SIZE     ((uintptr_t)2 * PGSIZE)

/* Every page leads to the range that it is in, if that is there, else to none. */
static void
assert_found(const struct avl_tree *tree, const bool there[RANGES]) {
    for (size_t i = 0; i < RANGES; i++) {
        const uintptr_t start = START(i), end = start + SIZE;
        struct vma_struct *vma = find_vma(tree, start);
        assert((vma != NULL) == there[i]);
        assert(vma == NULL || (vma->start == start && vma->end == end));
        assert(find_vma(tree, start + PGSIZE) == vma && find_vma(tree, end - 1) == vma);
        assert(find_vma(tree, start - 1) == NULL && find_vma(tree, end) == NULL);
    }
}

/* Upwards, each behind the other; at most 1.45 log2(n) deep. */
static void
assert_ordered(const struct avl_tree *tree, size_t n) {
    uintptr_t last = 0;
    for (struct vma_struct *vma = vma_end(tree, 0); vma != NULL; vma = vma_next(vma, 1), n--) {
        assert(vma->start > last);
        assert(vma_next(vma, 0) == NULL ? last == 0 : vma_next(vma, 0)->end == last);
        last = vma->end;
    }
    assert(n == 0);
    assert(tree->root == NULL || tree->root->height <= 9);
}

static int
insert_ranges(struct avl_tree *tree, bool there[RANGES]) {
    for (size_t n = 0; n < RANGES; n++) { /* the lower half downwards, then upwards */
        size_t i = n < RANGES / 2 ? RANGES / 2 - 1 - n : n;
        struct vma_struct *vma = vma_create(START(i), START(i) + SIZE, VM_READ);
        if (vma == NULL) {
            return -E_NO_MEM;
        }
        insert_vma_struct(tree, vma);
        there[i] = true;
    }
    return 0;
}

static void
remove_ranges(struct avl_tree *tree, bool there[RANGES], size_t step) {
    for (size_t i = 0; i < RANGES; i += step) {
        struct vma_struct *vma = find_vma(tree, START(i));
        assert((vma != NULL) == there[i]);
        if (vma != NULL) {
            remove_vma_struct(tree, vma);
            vma_destroy(vma);
        }
        there[i] = false;
    }
}

static int
check_ranges(void) {
    static const size_t steps[] = {3, 2, 1};
    struct avl_tree tree = {NULL};
    bool there[RANGES] = {false};
    int error = insert_ranges(&tree, there);
    for (size_t s = 0; s <= ARRAY_SIZE(steps); s++) {
        size_t n = 0;
        for (size_t i = 0; i < RANGES; i++) {
            n += there[i];
        }
        assert_found(&tree, there);
        assert_ordered(&tree, n);
        if (s < ARRAY_SIZE(steps)) {
            remove_ranges(&tree, there, steps[s]);
        }
    }
    assert(tree.root == NULL);
    return error;
}

int
check_vma_struct(void) {
    return checked("check_vma_struct", check_ranges);
}

/* ---- check_pgfault --------------------------------------------------------------------------- */

#define DATA  ((uintptr_t)0x800000)
#define TEXT  (DATA - 2 * PGSIZE) /* a page, and one behind it where nothing is */
#define STACK ((uintptr_t)USER_TOP - PGSIZE)

/* The byte at `addr`; negative: why it cannot be loaded. */
static int
load(struct mm_struct *mm, uintptr_t addr) {
    uint8_t byte;
    int error = copy_from_user(mm, &byte, addr, 1);
    return error != 0 ? error : byte;
}

static int
store(struct mm_struct *mm, uintptr_t addr, uint8_t byte) {
    return copy_to_user(mm, addr, &byte, 1);
}

static size_t
present(struct mm_struct *mm) {
    struct mm_stat stat;
    mm_stat(mm, &stat);
    return stat.present;
}

/* Go on, but with "no memory". */
#define try_to(call)                                                                               \
    do {                                                                                           \
        int error_ = (call);                                                                       \
        if (error_ == -E_NO_MEM) {                                                                 \
            return error_;                                                                         \
        }                                                                                          \
        assert(error_ == 0);                                                                       \
    } while (0)

/* Memory is zeroes until it is stored to, and only where it was promised. */
static int
demand_zeroes(struct mm_struct *mm) {
    try_to(mm_map(mm, DATA, 2 * PGSIZE, RW));
    try_to(mm_map(mm, TEXT, PGSIZE, VM_READ | VM_EXEC));
    assert(present(mm) == 0);
    try_to(load(mm, DATA));
    try_to(store(mm, DATA + PGSIZE + 1, 7));
    try_to(load(mm, DATA + PGSIZE));
    try_to(do_pgfault(mm, VM_EXEC, TEXT + 2));
    assert(load(mm, DATA + PGSIZE + 1) == 7 && load(mm, TEXT) == 0);
    assert(present(mm) == 3);
    assert(store(mm, TEXT, 1) == -E_ACCESS && do_pgfault(mm, VM_EXEC, DATA) == -E_ACCESS);
    assert(load(mm, 0) == -E_FAULT && load(mm, TEXT + PGSIZE) == -E_FAULT);
    assert(store(mm, DATA + 2 * PGSIZE, 1) == -E_FAULT);
    assert(load(mm, USER_TOP) == -E_FAULT && store(mm, (uintptr_t)boot_pgdir, 1) == -E_FAULT);
    assert(present(mm) == 3);
    return 0;
}

static int
grow_stack(struct mm_struct *mm) {
    try_to(mm_map(mm, STACK, PGSIZE, RW | VM_STACK));
    try_to(store(mm, STACK - 3 * PGSIZE, 1));
    assert(vma_end(&mm->vmas, 1)->start == STACK - 3 * PGSIZE);
    try_to(store(mm, USER_TOP - USER_STACK_MAX, 1));
    assert(store(mm, USER_TOP - USER_STACK_MAX - 1, 1) == -E_FAULT);
    assert(mm_map(mm, USER_TOP - USER_STACK_MAX - STACK_GUARD, PGSIZE, RW) == -E_INVAL);
    assert(present(mm) == 3 + 2);
    return 0;
}

/* A page that two have is copied when one of them stores; the other keeps it. */
static int
copy_on_write(struct mm_struct *mm, struct mm_struct *copy) {
    size_t pages_before = pages_in_use();
    assert(present(copy) == present(mm));
    assert(load(copy, DATA + PGSIZE + 1) == 7 && load(mm, DATA + PGSIZE + 1) == 7);
    assert(pages_in_use() == pages_before);
    try_to(store(copy, DATA + PGSIZE, 8)); /* beside the 7, which comes along */
    assert(load(copy, DATA + PGSIZE) == 8 && load(copy, DATA + PGSIZE + 1) == 7);
    assert(load(mm, DATA + PGSIZE) == 0 && pages_in_use() == pages_before + 1);
    try_to(store(mm, DATA + PGSIZE, 9)); /* it is the only one who has the first by now */
    assert(load(copy, DATA + PGSIZE) == 8 && load(mm, DATA + PGSIZE) == 9);
    assert(pages_in_use() == pages_before + 1);
    try_to(store(mm, DATA, 1)); /* who had a page before the other shares it likewise */
    assert(load(copy, DATA) == 0 && load(mm, DATA) == 1);
    assert(pages_in_use() == pages_before + 2);
    assert(store(copy, TEXT, 1) == -E_ACCESS && store(mm, TEXT, 1) == -E_ACCESS);
    return 0;
}

static int
check_faults(void) {
    struct mm_struct *mm = mm_create();
    if (mm == NULL) {
        return -E_NO_MEM;
    }
    int error = demand_zeroes(mm);
    if (error == 0) {
        error = grow_stack(mm);
    }
    struct mm_struct *copy = error == 0 ? mm_dup(mm) : NULL;
    if (copy != NULL) {
        error = copy_on_write(mm, copy);
        mm_destroy(copy);
    } else {
        error = -E_NO_MEM;
    }
    mm_destroy(mm);
    return error;
}

int
check_pgfault(void) {
    return checked("check_pgfault", check_faults);
}

/* ---- check_vmm ------------------------------------------------------------------------------- */

static size_t
count_ranges(const struct mm_struct *mm) {
    size_t n = 0;
    for (struct vma_struct *vma = vma_end(&mm->vmas, 0); vma != NULL; vma = vma_next(vma, 1)) {
        n++;
    }
    return n;
}

/* Five pages with their numbers in them; the middle one goes, and comes back as zeroes. */
static int
join_and_part(struct mm_struct *mm) {
    try_to(mm_map(mm, DATA, PGSIZE, RW));
    try_to(mm_map(mm, DATA + 3 * PGSIZE, 2 * PGSIZE, RW));
    assert(mm_map(mm, DATA, 4 * PGSIZE, RW) == -E_INVAL && count_ranges(mm) == 2);
    try_to(mm_map(mm, DATA + PGSIZE, 2 * PGSIZE, RW));
    assert(count_ranges(mm) == 1);
    for (uint8_t i = 0; i < 5; i++) {
        try_to(store(mm, DATA + (uintptr_t)i * PGSIZE, i));
    }
    try_to(mm_unmap(mm, DATA + 2 * PGSIZE, PGSIZE));
    assert(count_ranges(mm) == 2 && present(mm) == 4);
    assert(load(mm, DATA + 2 * PGSIZE) == -E_FAULT && load(mm, DATA + 3 * PGSIZE) == 3);
    try_to(mm_map(mm, DATA + 2 * PGSIZE, PGSIZE, RW));
    try_to(load(mm, DATA + 2 * PGSIZE));
    assert(count_ranges(mm) == 1 && load(mm, DATA + 4 * PGSIZE) == 4);
    uintptr_t place = mm_find_free(mm, 3 * PGSIZE);
    assert(place == USER_TOP - 3 * PGSIZE);
    try_to(mm_map(mm, place, 3 * PGSIZE, VM_READ));
    assert(mm_find_free(mm, PGSIZE) == place - PGSIZE);
    return 0;
}

static int
move_the_break(struct mm_struct *mm) {
    mm->brk_start = mm->brk = DATA + 5 * PGSIZE + 100;
    try_to(mm_brk(mm, mm->brk_start + 2 * PGSIZE));
    try_to(store(mm, mm->brk - 1, 1));
    assert(load(mm, ROUNDUP(mm->brk, PGSIZE)) == -E_FAULT);
    assert(mm_brk(mm, mm->brk_start - 1) == -E_INVAL && mm_brk(mm, USER_TOP + 1) == -E_INVAL);
    uintptr_t last = mm->brk - 1;
    try_to(mm_brk(mm, mm->brk_start));
    assert(load(mm, last) == -E_FAULT);
    return 0;
}

static int
check_spaces(void) {
    struct mm_struct *mm = mm_create();
    if (mm == NULL) {
        return -E_NO_MEM;
    }
    int error = join_and_part(mm);
    if (error == 0) {
        error = move_the_break(mm);
    }
    mm_destroy(mm);
    return error;
}

int
check_vmm(void) {
    return checked("check_vmm", check_spaces);
}
