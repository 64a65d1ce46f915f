/* user_trial.c - see user_trial.h. */
#include "user_trial.h"
#include "string.h"

extern const char trial_text[], trial_load[], trial_store[], trial_jump[], trial_push[],
    trial_text_end[];

const char *const trial_names[TRIALS] = {"load", "store", "jump", "push"};

/* As the text is not writable for the program, it is written through the linear map. */
static bool
load_text(struct mm_struct *mm) {
    struct Page *page = pgdir_alloc_page(mm->pgdir, TRIAL_TEXT, PTE_R | PTE_X | PTE_U);
    if (page == NULL) {
        return false;
    }
    memset(page2kva(page), 0, PGSIZE);
    memcpy(page2kva(page), trial_text, (size_t)(trial_text_end - trial_text));
    return true;
}

struct mm_struct *
trial_create(void) {
    struct mm_struct *mm = mm_create();
    if (mm == NULL) {
        return NULL;
    }
    if (mm_map(mm, TRIAL_TEXT, PGSIZE, VM_READ | VM_EXEC) != 0 ||
        mm_map(mm, TRIAL_CONSTANTS, PGSIZE, VM_READ) != 0 ||
        mm_map(mm, TRIAL_DATA, TRIAL_DATA_SIZE, VM_READ | VM_WRITE) != 0 ||
        mm_map(mm, TRIAL_STACK, PGSIZE, VM_READ | VM_WRITE | VM_STACK) != 0 || !load_text(mm)) {
        mm_destroy(mm);
        return NULL;
    }
    return mm;
}

void
trial_run(struct mm_struct *mm, enum trial what, uintptr_t arg, struct user_end *end) {
    static const char *const start[TRIALS] = {trial_load, trial_store, trial_jump, trial_push};
    const uintptr_t args[] = {arg, 1};
    run_user(mm, TRIAL_TEXT + (uintptr_t)(start[what] - trial_text), USER_TOP, args, end);
}
