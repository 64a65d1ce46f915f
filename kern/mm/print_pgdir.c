/* print_pgdir.c - see print_pgdir.h. */
#include "print_pgdir.h"
#include "kernel_map.h"
#include "stdio.h"

static const char *
name_of(uintptr_t va) {
    const struct kernel_segment *s = kernel_map_segment(va);
    return s != NULL           ? s->name
           : va < PGSIZE       ? "NULL"
           : !sv39_address(va) ? "no address of Sv39"
           : (va >> 63) == 0   ? "user half"
           : va < KSTACK_AREA || va - KSTACK_AREA >= (uintptr_t)KSTACKS * KSTACK_SLOT
               ? "kernel half"
           : (va - KSTACK_AREA) % KSTACK_SLOT < PGSIZE ? "guard page below a kernel stack"
                                                       : "kernel stack";
}

/* "RW-", with a U behind it if it is the user's; valid until the next call. */
static const char *
perm_of(pte_t leaf) {
    static char text[5];
    text[0] = (leaf & PTE_R) != 0 ? 'R' : '-';
    text[1] = (leaf & PTE_W) != 0 ? 'W' : '-';
    text[2] = (leaf & PTE_X) != 0 ? 'X' : '-';
    text[3] = (leaf & PTE_U) != 0 ? 'U' : '\0';
    return text;
}

int
pgdir_describe(const pde_t *pgdir, uintptr_t va, char *text, size_t size) {
    pte_t leaf = pgdir_lookup(pgdir, va, NULL);
    return snprintf(text, size, "%s, %s", name_of(va), leaf == 0 ? "not mapped" : perm_of(leaf));
}

/* The rows so far, and the one that grows. */
struct rows {
    uintptr_t va, end; /* empty: there is none yet */
    size_t page;       /* bytes each of its leaves maps */
    uint64_t perm;
    const char *name;
    size_t guards; /* index of the first segment that may be a guard above all rows */
};

static const char *
unit(size_t bytes, size_t *count) {
    static const char *const names[] = {"KiB", "MiB", "GiB"};
    size_t i = 0;
    for (*count = bytes >> 10; i < 2 && *count % 1024 == 0; i++) {
        *count >>= 10;
    }
    return names[i];
}

static void
print_row(uintptr_t va, size_t size, size_t page, const char *perm, const char *name) {
    size_t n;
    const char *of = unit(size, &n);
    cprintf("%016lx..%016lx %5zu %s  %-4s ", (unsigned long)va, (unsigned long)(va + size), n, of,
            perm);
    if (page == 0) {
        cprintf("       ");
    } else {
        of = unit(page, &n);
        cprintf("%zu %s  ", n, of);
    }
    cprintf("%s\n", name);
}

/* The guards below `va`: each has its stack above it. */
static void
print_guards(struct rows *rows, uintptr_t va) {
    size_t n;
    const struct kernel_segment *s = kernel_map_segments(&n);
    for (; rows->guards < n && s[rows->guards].va < va; rows->guards++) {
        const struct kernel_segment *g = &s[rows->guards];
        if (g->perm == 0) {
            print_row(g->va, g->size, 0, "---", g->name);
        }
    }
}

static void
end_row(struct rows *rows) {
    if (rows->va != rows->end) {
        print_guards(rows, rows->va);
        print_row(rows->va, rows->end - rows->va, rows->page, perm_of(rows->perm), rows->name);
    }
}

static void
visit(uintptr_t la, size_t size, pte_t leaf, void *arg) {
    struct rows *rows = arg;
    uint64_t perm = leaf & (PTE_RWX | PTE_U);
    const char *name = name_of(la);
    if (la != rows->end || size != rows->page || perm != rows->perm || name != rows->name) {
        end_row(rows);
        rows->va = la;
        rows->page = size;
        rows->perm = perm;
        rows->name = name;
    }
    rows->end = la + size;
}

void
print_pgdir(const pde_t *pgdir) {
    struct rows rows = {0};
    cprintf("virtual address, size, permission, pages of, what (root table at %#lx)\n",
            (unsigned long)PADDR(pgdir));
    pgdir_for_each(pgdir, visit, &rows);
    end_row(&rows);
}
