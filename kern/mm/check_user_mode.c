/* check_user_mode.c - the check of faults by a program in user mode: see check_vmm.h. */
#include "check_pgdir.h"
#include "check_vmm.h"
#include "error.h"
#include "intr.h"
#include "kmalloc.h"
#include "stdio.h"
#include "user_trial.h"

/* What has to come of it: 0, the program went on to its end, or the error that ended it. */
static int
expect(struct mm_struct *mm, enum trial what, uintptr_t arg, int right, uint64_t a0) {
    struct user_end end;
    unsigned hart = hart_id();
    uint64_t on = read_csr(sstatus) & SSTATUS_SIE;
    trial_run(mm, what, arg, &end);
    assert(hart_id() == hart && read_csr(sscratch) == (uintptr_t)trap_stack_top);
    assert((read_csr(sstatus) & SSTATUS_SIE) == on);
    if (end.error != -E_NO_MEM) {
        assert(end.error == right);
        assert((end.tf.cause == TRAP_SYSTEM_CALL) == (right == 0));
        assert(right != 0 ? end.tf.tval == arg : end.tf.a0 == a0);
    }
    return end.error == right ? 0 : end.error;
}

static int
try_all(struct mm_struct *mm) {
    static const struct {
        enum trial what;
        uintptr_t arg;
        int right;
        uint64_t a0;
    } trials[] = {
        {TRIAL_LOAD, TRIAL_DATA, 0, 0},          {TRIAL_STORE, TRIAL_DATA, 0, TRIAL_DATA},
        {TRIAL_LOAD, TRIAL_DATA, 0, 1},          {TRIAL_JUMP, TRIAL_TEXT, 0, TRIAL_TEXT},
        {TRIAL_PUSH, 5 * PGSIZE, 0, 0},          {TRIAL_LOAD, 0, -E_FAULT, 0},
        {TRIAL_LOAD, IMAGE_BASE, -E_FAULT, 0},   {TRIAL_STORE, LINEAR_BASE, -E_FAULT, 0},
        {TRIAL_STORE, TRIAL_TEXT, -E_ACCESS, 0}, {TRIAL_STORE, TRIAL_CONSTANTS, -E_ACCESS, 0},
        {TRIAL_JUMP, TRIAL_DATA, -E_ACCESS, 0},
    };
    int error = 0;
    for (size_t i = 0; i < ARRAY_SIZE(trials) && error == 0; i++) {
        error = expect(mm, trials[i].what, trials[i].arg, trials[i].right, trials[i].a0);
    }
    return error;
}

/* Of what is there, text and data are used; harts that set the mark and those that fault agree. */
static int
use_some(struct mm_struct *mm) {
    struct mm_stat stat;
    mm_clear_accessed(mm);
    mm_stat(mm, &stat);
    assert(stat.present > 2 && stat.accessed == 0);
    bool intr = intr_save(); /* off they stay */
    int error = expect(mm, TRIAL_LOAD, TRIAL_DATA, 0, 1);
    intr_restore(intr);
    mm_stat(mm, &stat);
    assert(stat.accessed == 2);
    return error;
}

/* What the one stores, the other does not load; nor does a store of the other come through. */
static int
store_to_shared(struct mm_struct *mm) {
    struct mm_struct *copy = mm_dup(mm);
    if (copy == NULL) {
        return -E_NO_MEM;
    }
    const struct {
        struct mm_struct *mm;
        enum trial what;
        uintptr_t at;
        uint64_t a0;
    } trials[] = {
        {copy, TRIAL_STORE, TRIAL_DATA + 1, TRIAL_DATA + 1}, /* which copies the page */
        {mm, TRIAL_STORE, TRIAL_DATA + 2, TRIAL_DATA + 2},   /* whose it is alone by now */
        {copy, TRIAL_LOAD, TRIAL_DATA, 1},
        {copy, TRIAL_LOAD, TRIAL_DATA + 1, 1},
        {copy, TRIAL_LOAD, TRIAL_DATA + 2, 0},
        {mm, TRIAL_LOAD, TRIAL_DATA + 1, 0},
        {mm, TRIAL_LOAD, TRIAL_DATA + 2, 1},
    };
    int error = 0;
    for (size_t i = 0; i < ARRAY_SIZE(trials) && error == 0; i++) {
        error = expect(trials[i].mm, trials[i].what, trials[i].at, 0, trials[i].a0);
    }
    mm_destroy(copy);
    return error;
}

int
check_user_mode(void) {
    kmem_shrink();
    size_t before = pages_in_use();
    struct mm_struct *mm = trial_create();
    int error = mm == NULL ? -E_NO_MEM : try_all(mm);
    if (error == 0) {
        error = use_some(mm);
    }
    if (error == 0) {
        error = store_to_shared(mm);
    }
    if (mm != NULL) {
        mm_destroy(mm);
    }
    kmem_shrink();
    assert(pages_in_use() == before);
    cprintf("check_user_mode() %s\n", error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}
