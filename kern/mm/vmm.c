/* vmm.c - see vmm.h: what is promised. What is given when it is touched is in pgfault.c. */
#include "vmm.h"
#include "error.h"
#include "kernel_map.h"
#include "slab.h"
#include "string.h"
#include "tlb.h"

static struct kmem_cache cache;

void
vmm_init(void) {
    vma_init();
    kmem_cache_init(&cache, "mm_struct", sizeof(struct mm_struct));
}

struct mm_struct *
mm_create(void) {
    struct mm_struct *mm = kmem_cache_alloc(&cache);
    struct Page *root = mm == NULL ? NULL : alloc_page();
    if (root == NULL) {
        if (mm != NULL) {
            kmem_cache_free(&cache, mm);
        }
        return NULL;
    }
    *mm = (struct mm_struct){.users = 1, .pgdir = page2kva(root)};
    const size_t half = PGSIZE / 2;
    memset(mm->pgdir, 0, half);
    memcpy((char *)mm->pgdir + half, (char *)boot_pgdir + half, half);
    return mm;
}

/* Upwards from `la`, the first page that is mapped below `end`: its address, or `end`. */
static uintptr_t
next_present(const struct mm_struct *mm, uintptr_t la, uintptr_t end) {
    while (la < end) {
        size_t size;
        if (pgdir_lookup(mm->pgdir, la, &size) != 0) {
            return la;
        }
        la = ROUNDDOWN(la, size) + size;
    }
    return end;
}

#define for_each_present(la, mm, start, end)                                                       \
    for (uintptr_t la = next_present(mm, start, end); la < (end);                                  \
         la = next_present(mm, la + PGSIZE, end))

static void
remove_pages(struct mm_struct *mm, uintptr_t start, uintptr_t end) {
    for_each_present(la, mm, start, end) {
        page_remove(mm->pgdir, la);
    }
}

void
mm_destroy(struct mm_struct *mm) {
    if (--mm->users > 0) {
        return;
    }
    struct vma_struct *vma;
    while ((vma = vma_end(&mm->vmas, 0)) != NULL) {
        remove_pages(mm, vma->start, vma->end);
        remove_vma_struct(&mm->vmas, vma);
        vma_destroy(vma);
    }
    free_page(kva2page(mm->pgdir));
    kmem_cache_free(&cache, mm);
}

/* Are these whole pages, one at least, that a program may have (A4)? */
static bool
may_be_user(uintptr_t start, size_t len) {
    return start % PGSIZE == 0 && len % PGSIZE == 0 && len != 0 && start >= USER_BASE &&
           start < USER_TOP && len <= USER_TOP - start;
}

/* How far down others have to stay from it. */
static uintptr_t
keep_off(const struct vma_struct *vma) {
    return vma->start - ((vma->flags & VM_STACK) != 0 ? STACK_GUARD : 0);
}

/* May the two be one range? A stack is a range of its own, and so is what is shared. */
static bool
joins(const struct vma_struct *vma, uint32_t flags) {
    return vma->flags == flags && (flags & (VM_STACK | VM_SHARE)) == 0;
}

static int
map_range(struct mm_struct *mm, uintptr_t start, size_t len, uint32_t flags, uint32_t allowed) {
    uintptr_t end = start + len;
    if (!may_be_user(start, len) || (flags & ~allowed) != 0) {
        return -E_INVAL;
    }
    flags |= (flags & VM_WRITE) != 0 ? VM_READ : 0;
    struct vma_struct *above = vma_ending_above(&mm->vmas, start);
    struct vma_struct *below = above == NULL ? vma_end(&mm->vmas, 1) : vma_next(above, 0);
    if (above != NULL && end > keep_off(above)) {
        return -E_INVAL;
    }
    bool up = above != NULL && above->start == end && joins(above, flags);
    bool down = below != NULL && below->end == start && joins(below, flags);
    if (up) {
        above->start = down ? below->start : start;
        if (down) {
            remove_vma_struct(&mm->vmas, below);
            vma_destroy(below);
        }
    } else if (down) {
        below->end = end;
    } else {
        struct vma_struct *vma = vma_create(start, end, flags);
        if (vma == NULL) {
            return -E_NO_MEM;
        }
        insert_vma_struct(&mm->vmas, vma);
    }
    return 0;
}

int
mm_map(struct mm_struct *mm, uintptr_t start, size_t len, uint32_t flags) {
    return map_range(mm, start, len, flags, VM_READ | VM_WRITE | VM_EXEC | VM_STACK);
}

int
mm_map_shared(struct mm_struct *mm, uintptr_t start, size_t len, uint32_t flags) {
    const uint32_t allowed = VM_READ | VM_WRITE | VM_SHARE;
    int error = map_range(mm, start, len, flags | VM_SHARE, allowed);
    if (error == 0 && (error = make_reachable(mm, VM_READ, start, len)) != 0) {
        remove_pages(mm, start, start + len);
        struct vma_struct *vma = find_vma(&mm->vmas, start);
        remove_vma_struct(&mm->vmas, vma);
        vma_destroy(vma);
    }
    return error;
}

uintptr_t
mm_find_free(const struct mm_struct *mm, size_t len) {
    uintptr_t top = USER_TOP; /* from here on, nothing is free */
    len = ROUNDUP(len, PGSIZE);
    for (struct vma_struct *vma = vma_end(&mm->vmas, 1); vma != NULL; vma = vma_next(vma, 0)) {
        if (top > vma->end && top - vma->end >= len) {
            break;
        }
        top = keep_off(vma) < top ? keep_off(vma) : top;
        if ((vma->flags & VM_STACK) != 0 && vma->end - USER_STACK_MAX - STACK_GUARD < top) {
            top = vma->end - USER_STACK_MAX - STACK_GUARD; /* when it is as long as it may be */
        }
    }
    return len != 0 && top > USER_BASE && top - USER_BASE >= len ? top - len : 0;
}

/* Take [start, end) out of the range, which overlaps it. */
static int
cut(struct mm_struct *mm, struct vma_struct *vma, uintptr_t start, uintptr_t end) {
    if (vma->start < start && vma->end > end) {
        struct vma_struct *upper = vma_create(end, vma->end, vma->flags);
        if (upper == NULL) {
            return -E_NO_MEM;
        }
        vma->end = start;
        insert_vma_struct(&mm->vmas, upper);
    } else if (vma->start < start) {
        vma->end = start;
    } else if (vma->end > end) {
        vma->start = end;
    } else {
        remove_vma_struct(&mm->vmas, vma);
        vma_destroy(vma);
    }
    return 0;
}

int
mm_unmap(struct mm_struct *mm, uintptr_t start, size_t len) {
    uintptr_t end = start + len;
    if (!may_be_user(start, len)) {
        return -E_INVAL;
    }
    struct vma_struct *vma;
    while ((vma = vma_ending_above(&mm->vmas, start)) != NULL && vma->start < end) {
        int error = cut(mm, vma, start, end);
        if (error != 0) {
            return error; /* the first cut, and the only one */
        }
    }
    remove_pages(mm, start, end);
    return 0;
}

int
mm_brk(struct mm_struct *mm, uintptr_t brk) {
    if (mm->brk_start == 0 || brk < mm->brk_start || brk > USER_TOP) {
        return -E_INVAL;
    }
    uintptr_t old_end = ROUNDUP(mm->brk, PGSIZE), new_end = ROUNDUP(brk, PGSIZE);
    int error = new_end > old_end   ? mm_map(mm, old_end, new_end - old_end, VM_READ | VM_WRITE)
                : new_end < old_end ? mm_unmap(mm, new_end, old_end - new_end)
                                    : 0;
    if (error == 0) {
        mm->brk = brk;
    }
    return error;
}

/*
 * The page at `la` is in both from now on; with `rights` less than it had, to be copied
 * when somebody stores to it. The copy has used it and changed it as much as the first has.
 */
static int
share_page(struct mm_struct *from, struct mm_struct *to, uintptr_t la, pte_t rights) {
    pte_t *entry;
    struct Page *page = get_page(from->pgdir, la, &entry);
    int error = page_insert(to->pgdir, page, la, *entry & rights);
    if (error != 0) {
        return error;
    }
    *get_pte(to->pgdir, la, false) &= *entry | ~(pte_t)(PTE_A | PTE_D);
    if ((*entry & PTE_W & ~rights) != 0) {
        *entry &= ~(pte_t)PTE_W;
        tlb_invalidate(from->pgdir, la);
    }
    return 0;
}

static int
share_range(struct mm_struct *from, struct mm_struct *to, const struct vma_struct *vma) {
    struct vma_struct *copy = vma_create(vma->start, vma->end, vma->flags);
    if (copy == NULL) {
        return -E_NO_MEM;
    }
    insert_vma_struct(&to->vmas, copy);
    pte_t rights = PTE_R | PTE_X | PTE_U | ((vma->flags & VM_SHARE) != 0 ? PTE_W : 0);
    for_each_present(la, from, vma->start, vma->end) {
        if (share_page(from, to, la, rights) != 0) {
            return -E_NO_MEM;
        }
    }
    return 0;
}

struct mm_struct *
mm_dup(struct mm_struct *mm) {
    struct mm_struct *copy = mm_create();
    if (copy == NULL) {
        return NULL;
    }
    copy->brk_start = mm->brk_start;
    copy->brk = mm->brk;
    for (struct vma_struct *vma = vma_end(&mm->vmas, 0); vma != NULL; vma = vma_next(vma, 1)) {
        if (share_range(mm, copy, vma) != 0) {
            mm_destroy(copy);
            return NULL;
        }
    }
    return copy;
}

void
mm_stat(const struct mm_struct *mm, struct mm_stat *stat) {
    *stat = (struct mm_stat){0};
    for (struct vma_struct *vma = vma_end(&mm->vmas, 0); vma != NULL; vma = vma_next(vma, 1)) {
        stat->promised += (vma->end - vma->start) / PGSIZE;
        for_each_present(la, mm, vma->start, vma->end) {
            pte_t leaf = pgdir_lookup(mm->pgdir, la, NULL);
            stat->present++;
            stat->shared += page_ref(pte2page(leaf)) > 1;
            stat->accessed += (leaf & PTE_A) != 0;
        }
    }
}

void
mm_clear_accessed(struct mm_struct *mm) {
    for (struct vma_struct *vma = vma_end(&mm->vmas, 0); vma != NULL; vma = vma_next(vma, 1)) {
        for_each_present(la, mm, vma->start, vma->end) {
            *get_pte(mm->pgdir, la, false) &= ~(pte_t)PTE_A;
        }
    }
    tlb_flush_all();
}
