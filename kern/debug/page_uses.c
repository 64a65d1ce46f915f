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

/* What was not made for the kernel's own map (T3), from entry `first` of a root on, half of it. */
static void
walk_table(const pte_t *table, unsigned level, size_t first, const struct walk *walk) {
    size_t end = level == 0 ? first + PT_ENTRIES / 2 : PT_ENTRIES;
    for (size_t i = first; i < end; i++) {
        bool leads = pte_leads_to_table(table[i]);
        if ((table[i] & PTE_V) != 0 && (table[i] & PTE_G) == 0) {
            const struct Page *page = pte2page(table[i]);
            walk->visit(page,
                        leads                     ? USE_TABLE
                        : (table[i] & PTE_U) == 0 ? USE_STACK
                        : page_ref(page) > 1      ? USE_SHARED
                                                  : USE_PROGRAM,
                        walk->arg);
        }
        if (leads) {
            walk_table(pte_table(table[i]), level + 1, 0, walk);
        }
    }
}

static void
visit_process(const struct proc_struct *proc, void *arg) {
    const struct walk *walk = arg;
    if (proc->mm != NULL) {
        walk->visit(kva2page(proc->mm->pgdir), USE_TABLE, walk->arg);
        walk_table(proc->mm->pgdir, 0, 0, walk);
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
    walk_table(boot_pgdir, 0, PT_ENTRIES / 2, &walk);
    proc_for_each(visit_process, &walk);
    tmpfs_for_each_page(visit_file_page, &walk);
}
