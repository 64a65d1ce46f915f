/* checks.c - see checks.h. */
#include "checks.h"
#include "check_pgdir.h"
#include "check_slab.h"
#include "check_vmm.h"

const struct check checks[] = {
    {"check_pgdir", check_pgdir},         {"check_boot_pgdir", check_boot_pgdir},
    {"check_slab", check_slab},           {"check_vma_struct", check_vma_struct},
    {"check_pgfault", check_pgfault},     {"check_vmm", check_vmm},
    {"check_user_mode", check_user_mode},
};
const size_t nchecks = ARRAY_SIZE(checks);
