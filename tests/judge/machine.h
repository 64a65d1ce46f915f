/* machine.h - a child that is a machine: QEMU, booting a kernel that holds the policy. */
#ifndef JUDGE_MACHINE_H
#define JUDGE_MACHINE_H

#include "run.h"

/* Is it a RISC-V program, for a machine? Else it is one for this machine's processor. */
bool machine_wants(const char *path);

/* In the new process: become QEMU, whose memory is WIRE_MEMORY. Returns when there is none. */
void machine_exec(const char *path, size_t memory_bytes);

#endif
