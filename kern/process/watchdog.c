/* watchdog.c - see watchdog.h. */
#include "watchdog.h"
#include "clock.h"
#include "proc.h"
#include "stdio.h"
#include "string.h"

/*
 * Has the instruction before `pc` turned interrupts on (csrs or csrsi of sstatus)? Those that
 * wait are taken right behind it. Else the machine itself stood still, as under a debugger.
 */
static bool
came_on_at(uintptr_t pc) {
    uint32_t before;
    memcpy(&before, (const void *)(pc - sizeof(before)), sizeof(before));
    return (before & 0xfff0307f) == 0x10002073;
}

void
watchdog_tick(void) {
    static uint64_t last; /* when the last tick came; 0: none has, as boot keeps interrupts off */
    uint64_t now = clock_milliseconds();
    const struct trapframe *tf = trap_current();
    if (last != 0 && now - last > WATCHDOG_MS && tf != NULL && came_on_at(tf->epc)) {
        cprintf("warning  interrupts were off for %lu ms, until %s; process %d, %s\n",
                (unsigned long)(now - last), caller_name((const void *)tf->epc), current->pid,
                current->name);
    }
    last = now;
}
