/* pgfault.c - pages when they are touched, by a program or by the kernel for it: see vmm.h. */
#include "error.h"
#include "stdio.h"
#include "string.h"
#include "vmm.h"

/* What a range's flags let the hardware allow. */
static uint64_t
perm_of(uint32_t flags) {
    return PTE_U | ((flags & VM_READ) != 0 ? PTE_R : 0) | ((flags & VM_WRITE) != 0 ? PTE_W : 0) |
           ((flags & VM_EXEC) != 0 ? PTE_X : 0);
}

/*
 * The range that holds `la`, or the stack that may grow down to it: within its
 * limit, and away from what is below.
 */
static struct vma_struct *
range_for(const struct mm_struct *mm, uintptr_t la) {
    struct vma_struct *vma = vma_ending_above(&mm->vmas, la);
    if (vma == NULL || vma->start <= la) {
        return vma;
    }
    struct vma_struct *below = vma_next(vma, 0);
    bool grows = (vma->flags & VM_STACK) != 0 && vma->end - la <= USER_STACK_MAX &&
                 la >= USER_BASE && (below == NULL || la - below->end >= STACK_GUARD);
    return grows ? vma : NULL;
}

static int
give_zeroes(struct mm_struct *mm, uintptr_t la, uint64_t perm) {
    struct Page *page = alloc_page();
    if (page == NULL) {
        return -E_NO_MEM;
    }
    memset(page2kva(page), 0, PGSIZE);
    int error = page_insert(mm->pgdir, page, la, perm);
    if (error != 0) {
        free_page(page);
    }
    return error;
}

/* A page of its own for whom stores to a shared one; the last who has it keeps it. */
static int
unshare(struct mm_struct *mm, uintptr_t la, struct Page *page, uint64_t perm) {
    if (page_ref(page) == 1) {
        return page_insert(mm->pgdir, page, la, perm);
    }
    struct Page *copy = alloc_page();
    if (copy == NULL) {
        return -E_NO_MEM;
    }
    memcpy(page2kva(copy), page2kva(page), PGSIZE);
    return page_insert(mm->pgdir, copy, la, perm); /* its tables are there: it cannot fail */
}

int
do_pgfault(struct mm_struct *mm, uint32_t access, uintptr_t addr) {
    uintptr_t la = ROUNDDOWN(addr, PGSIZE);
    struct vma_struct *vma = range_for(mm, la);
    if (vma == NULL) {
        return -E_FAULT;
    }
    if ((vma->flags & access) == 0) {
        return -E_ACCESS;
    }
    pte_t *entry;
    struct Page *page = get_page(mm->pgdir, la, &entry);
    int error = 0;
    if (page == NULL) {
        error = give_zeroes(mm, la, perm_of(vma->flags));
    } else if (access == VM_WRITE && (*entry & PTE_W) == 0) {
        error = unshare(mm, la, page, perm_of(vma->flags));
    } else { /* the hart wants a mark, or knew an older entry */
        *entry |= PTE_A | (access == VM_WRITE ? PTE_D : 0);
        tlb_invalidate(mm->pgdir, la);
    }
    if (error == 0 && la < vma->start) {
        vma->start = la;
    }
    return error;
}

int
mm_describe(const struct mm_struct *mm, uintptr_t addr, char *text, size_t size) {
    struct vma_struct *vma = vma_ending_above(&mm->vmas, addr);
    if (addr >= USER_TOP) {
        return snprintf(text, size, "beyond what a program may have");
    }
    if (vma != NULL && vma->start <= addr) {
        return snprintf(text, size, "%c%c%c, %#lx..%#lx", (vma->flags & VM_READ) != 0 ? 'R' : '-',
                        (vma->flags & VM_WRITE) != 0 ? 'W' : '-',
                        (vma->flags & VM_EXEC) != 0 ? 'X' : '-', (unsigned long)vma->start,
                        (unsigned long)vma->end);
    }
    if (vma != NULL && (vma->flags & VM_STACK) != 0 &&
        vma->end - addr <= USER_STACK_MAX + STACK_GUARD) {
        return snprintf(text, size, "below the stack, which cannot grow so far");
    }
    return snprintf(text, size, "nothing is mapped%s", addr < PGSIZE ? " (NULL)" : "");
}

/* ---- the kernel's own way to a program's memory ---------------------------------------------- */

/* Where the kernel sees `addr`, for that access, up to the end of its page; NULL: *error. */
static char *
reach(struct mm_struct *mm, uint32_t access, uintptr_t addr, int *error) {
    *error = do_pgfault(mm, access, addr);
    return *error != 0 ? NULL : (char *)page2kva(get_page(mm->pgdir, addr, NULL)) + addr % PGSIZE;
}

/* Bytes from `addr` to the end of its page, `len` at most. */
static size_t
piece(uintptr_t addr, size_t len) {
    size_t rest = PGSIZE - addr % PGSIZE;
    return len < rest ? len : rest;
}

int
make_reachable(struct mm_struct *mm, uint32_t access, uintptr_t addr, size_t len) {
    int error = 0;
    for (size_t n; len > 0 && error == 0; addr += n, len -= n) {
        n = piece(addr, len);
        error = do_pgfault(mm, access, addr);
    }
    return error;
}

int
copy_from_user(struct mm_struct *mm, void *to, uintptr_t from, size_t len) {
    int error = 0;
    for (size_t n; len > 0 && error == 0; to = (char *)to + n, from += n, len -= n) {
        n = piece(from, len);
        const char *at = reach(mm, VM_READ, from, &error);
        if (at != NULL) {
            memcpy(to, at, n);
        }
    }
    return error;
}

int
copy_to_user(struct mm_struct *mm, uintptr_t to, const void *from, size_t len) {
    int error = 0;
    for (size_t n; len > 0 && error == 0; to += n, from = (const char *)from + n, len -= n) {
        n = piece(to, len);
        char *at = reach(mm, VM_WRITE, to, &error);
        if (at != NULL) {
            memcpy(at, from, n);
        }
    }
    return error;
}

int
copy_text_from_user(struct mm_struct *mm, char *to, uintptr_t from, size_t size) {
    int error = 0;
    for (size_t n, done = 0; done < size; done += n) {
        n = piece(from + done, size - done);
        const char *at = reach(mm, VM_READ, from + done, &error);
        if (at == NULL) {
            return error;
        }
        size_t length = strnlen(at, n);
        memcpy(to + done, at, length == n ? n : length + 1);
        if (length < n) {
            return (int)(done + length);
        }
    }
    return -E_INVAL;
}
