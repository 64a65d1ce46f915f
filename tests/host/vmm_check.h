/*
 * vmm_check.h - what must hold between any two calls of vmm.c and pgfault.c: it is all as the model
 * of vmm_env.h says, and nothing is lost.
 *
 * In one file of a program.
 */
#ifndef TESTS_HOST_VMM_CHECK_H
#define TESTS_HOST_VMM_CHECK_H

#include "vmm_env.h"

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
    must(((e & PTE_A) != 0) == c->accessed && ((e & PTE_D) != 0) == c->dirty, "%#lx: marks of %#lx",
         la, e);
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
check_space(const struct space *s) {
    check_ranges(s);
    for (size_t i = 0; i < CELLS; i++) {
        if (is_page(i)) {
            check_page(s, i);
        }
    }
    size_t half = PGSIZE / 2;
    must(memcmp((char *)s->mm->pgdir + half, (char *)kernel_root + half, half) == 0,
         "the kernel's half");
    must(s->mm->brk_start == s->brk_start && s->mm->brk == s->brk, "the break");
}

static void
count_leaf(uintptr_t la, size_t size, pte_t leaf, void *n) {
    (void)la, (void)size;
    *(size_t *)n += (leaf & PTE_G) == 0;
}

/* mm_stat; and no page is mapped where the model has no cell. */
static void
check_stat(const struct space *s) {
    struct mm_stat right = {0}, stat;
    size_t leaves = 0;
    for (size_t i = 0; i < CELLS; i++) {
        const struct cell *c = &s->cell[i];
        right.promised += c->mapped ? (cell_at[i + 1] - cell_at[i]) / PGSIZE : 0;
        right.present += c->content != NULL;
        right.shared += c->content != NULL && c->content->refs > 1;
        right.accessed += c->content != NULL && c->accessed;
    }
    mm_stat(s->mm, &stat);
    must(memcmp(&stat, &right, sizeof(stat)) == 0, "mm_stat: %zu %zu %zu %zu", stat.promised,
         stat.present, stat.shared, stat.accessed);
    pgdir_for_each(s->mm->pgdir, count_leaf, &leaves);
    must(leaves == right.present, "%zu pages, %zu of them known", leaves, right.present);
}

/* Pages, tables and slabs add up to what is granted. */
static void
check_everything(void) {
    size_t known = 0, live = 0, nranges = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        frame_of[i] = FRAMES;
        known += content[i].refs != 0;
    }
    for (struct space *s = space; s < space + SPACES; s++) {
        if (s->mm != NULL) {
            check_space(s);
            known += 1 + tables(s, CELLS);
            nranges += ranges(s);
            live++;
        }
    }
    kmem_for_each_cache(count_slabs, &known);
    must(objects_of("mm_struct").live == live, "not %zu spaces", live);
    must(objects_of("vma_struct").live == nranges, "not %zu ranges", nranges);
    must(count_granted() == known, "%zu pages in use, %zu known", count_granted(), known);
    check_tlb();
}

#endif
