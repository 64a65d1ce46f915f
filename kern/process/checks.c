/* checks.c - every check of the kernel's, in the order of boot: see checks.h. */
#include "checks.h"
#include "check_pgdir.h"
#include "check_processes.h"
#include "check_slab.h"
#include "check_sync.h"
#include "check_vmm.h"

const struct check checks[] = {
    {"check_pgdir", check_pgdir},         {"check_boot_pgdir", check_boot_pgdir},
    {"check_slab", check_slab},           {"check_vma_struct", check_vma_struct},
    {"check_pgfault", check_pgfault},     {"check_vmm", check_vmm},
    {"check_user_mode", check_user_mode}, {"check_processes", check_processes},
    {"check_sync", check_sync},
};
const size_t nchecks = ARRAY_SIZE(checks);
