/*
 * machine.c - start QEMU on a kernel that holds the policy; tests/guest is that kernel.
 *
 * The machine has memory, a hart and a serial port, nothing else: no firmware,
 * network, disk, monitor or display. QEMU may not start programs, and knows
 * nothing but the kernel's path.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "machine.h"

bool
machine_wants(const char *path) {
    Elf64_Ehdr head = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool read_all = file >= 0 && read(file, &head, sizeof(head)) == sizeof(head);
    if (file >= 0) {
        close(file);
    }
    return read_all && head.e_machine == EM_RISCV;
}

void
machine_exec(const char *path, size_t memory_bytes) {
    const char *qemu = getenv("PAGELAB_QEMU");
    char memory[128], size[32], kernel[4096 + 64], channel[64];
    snprintf(memory, sizeof(memory),
             "memory-backend-file,id=memory,share=on,mem-path=/proc/self/fd/%d,size=%zu",
             WIRE_MEMORY, memory_bytes);
    snprintf(size, sizeof(size), "%zuM", memory_bytes >> 20);
    snprintf(kernel, sizeof(kernel), "loader,cpu-num=0,file=%s", path);
    snprintf(channel, sizeof(channel), "socket,id=channel,fd=%d", WIRE_CHANNEL);
    /* Room for a second hart makes QEMU keep the order of the guest's reads and writes of memory.
     */
    const char *const argv[] = {
        "qemu-system-riscv64",
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-machine",
        "virt,memory-backend=memory",
        "-object",
        memory,
        "-m",
        size,
        "-accel",
        "tcg,thread=multi",
        "-smp",
        "1,maxcpus=2",
        "-bios",
        "none",
        "-device",
        kernel,
        "-chardev",
        channel,
        "-serial",
        "chardev:channel",
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        NULL};
    char *const none[] = {NULL};
    execvpe(qemu != NULL && *qemu != '\0' ? qemu : argv[0], (char *const *)(uintptr_t)argv, none);
}
