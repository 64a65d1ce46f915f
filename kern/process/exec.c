/* exec.c - see exec.h. */
#include "exec.h"
#include "error.h"
#include "file.h"
#include "intr.h"
#include "kernel_map.h"
#include "kmalloc.h"
#include "stdio.h"
#include "string.h"
#include "tlb.h"

static int
read_node(void *node, size_t offset, void *to, size_t n) {
    for (size_t done = 0; done < n;) {
        long got = node_read(node, offset + done, (char *)to + done, n - done);
        if (got <= 0) {
            return got < 0 ? (int)got : -E_INVAL_ELF; /* it became shorter meanwhile */
        }
        done += (size_t)got;
    }
    return 0;
}

/* A new address space with the program in it, and where it begins; or an error. */
static int
load(struct mm_struct *mm, const char *path, size_t argc, const char *const argv[],
     struct trapframe *tf) {
    struct node *node;
    uintptr_t entry, args;
    int error = file_find(current->files, path, &node);
    if (error != 0) {
        return error;
    }
    const struct image image = {node->size, read_node, node};
    error = load_elf(mm, &image, &entry);
    node_put(node);
    if (error == 0) {
        error = load_args(mm, argc, argv, &args);
    }
    if (error == 0) {
        *tf = (struct trapframe){.epc = entry, .a0 = argc, .a1 = args, .status = SSTATUS_SPIE};
        tf->sp = args - sizeof(int);
    }
    return error;
}

int
exec_file(const char *path, const char *name, size_t argc, const char *const argv[],
          struct trapframe *tf) {
    struct mm_struct *mm = mm_create();
    int error = mm == NULL ? -E_NO_MEM : load(mm, path, argc, argv, tf);
    if (error != 0) {
        if (mm != NULL) {
            mm_destroy(mm);
        }
        return error;
    }
    struct mm_struct *old = current->mm;
    current->mm = mm;
    tlb_use_root(PADDR(mm->pgdir));
    __asm__ volatile("fence.i"); /* the program was written as data */
    if (old != NULL) {
        mm_destroy(old);
    }
    snprintf(current->name, sizeof(current->name), "%s", name);
    return 0;
}

/* What a process of the kernel's own does that is to be a program. */
static int
become(void *arg) {
    const struct program *program = arg;
    const char *path = program->argv[0];
    struct trapframe tf;
    current->group = current->pid;
    current->files = files_create();
    int error = current->files == NULL ? -E_NO_MEM
                                       : exec_file(path, path, program->argc, program->argv, &tf);
    if (error != 0) {
        cprintf("%s: %s\n", path, error_text(error));
        return error;
    }
    cprintf("kernel_execve: pid = %d, name = \"%s\".\n", current->pid, current->name);
    intr_save();
    trap_resume(&tf);
}

int
spawn(const struct program *program) {
    return kernel_thread(program->argv[0], become, (void *)program);
}
