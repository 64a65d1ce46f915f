/* kmon.c - the kernel's own monitor, until `exit`. */
#include "syscall.h"
#include "tool.h"

int
main(void) {
    long error = syscall(SYS_kmon);
    return error == 0 ? 0 : complain("%s", error_name((int)error));
}
