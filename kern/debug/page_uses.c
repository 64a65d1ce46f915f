/* page_uses.c - see page_uses.h. */
#include "page_uses.h"
#include "kernel_map.h"
#include "proc.h"
#include "slab.h"
#include "tmpfs.h"

struct walk {
    use_visit_t visit;
    void *arg;
};

static enum page_use
use_of(pte_t leaf) {
    return (leaf & PTE_U) == 0            ? USE_STACK
           : page_ref(pte2page(leaf)) > 1 ? USE_SHARED
                                          : USE_PROGRAM;
}

/* All that the first n entries of a table lead to, but for the kernel's own map (T3). */
static void
walk_table(const pte_t *table, size_t n, const struct walk *walk) {
    for (size_t i = 0; i < n; i++) {
        bool leads = pte_leads_to_table(table[i]);
        if ((table[i] & PTE_V) != 0 && (table[i] & PTE_G) == 0) {
            walk->visit(pte2page(table[i]), leads ? USE_TABLE : use_of(table[i]), walk->arg);
        }
        if (leads) {
            walk_table(pte_table(table[i]), PT_ENTRIES, walk);
        }
    }
}

static void
visit_process(const struct proc_struct *proc, void *arg) {
    const struct walk *walk = arg;
    if (proc->mm != NULL) {
        walk->visit(kva2page(proc->mm->pgdir), USE_TABLE, walk->arg);
        walk_table(proc->mm->pgdir, PT_ENTRIES / 2, walk);
    }
}

static void
visit_slab(const struct Page *page, void *arg) {
    const struct walk *walk = arg;
    walk->visit(page, USE_SLAB, walk->arg);
}

static void
visit_file_page(const struct Page *page, void *arg) {
    const struct walk *walk = arg;
    walk->visit(page, USE_FILE, walk->arg);
}

void
page_uses_for_each(use_visit_t visit, void *arg) {
    struct walk walk = {visit, arg};
    kmem_for_each_page(visit_slab, &walk);
    walk_table(boot_pgdir, PT_ENTRIES, &walk);
    proc_for_each(visit_process, &walk);
    tmpfs_for_each_page(visit_file_page, &walk);
}
