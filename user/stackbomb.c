/* stackbomb.c - a child's stack grows until the kernel ends it. */
#include "tool.h"

static int
deeper(volatile int *above) {
    volatile int frame[64];
    frame[0] = *above + 1;
    return frame[0] < 0 ? 0 : deeper(frame) + frame[0]; /* never: it would take 2^31 calls */
}

static int
overflow(void *arg) {
    volatile int start = 0;
    (void)arg;
    return deeper(&start);
}

int
main(void) {
    assert((uintptr_t)__builtin_frame_address(0) % 16 == 0); /* as the ABI has it */
    int status, pid = child(overflow, NULL);
    if (pid < 0 || waitpid(pid, &status) != 0) {
        return complain("no child: %s", error_name(pid));
    }
    assert(status < 0);
    cprintf("stackbomb pass.\n");
    return 0;
}
