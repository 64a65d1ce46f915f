/* monitor_paging.c - the monitor's commands on virtual addresses. */
#include "check_pgdir.h"
#include "kernel_map.h"
#include "monitor.h"
#include "print_pgdir.h"
#include "stdio.h"
#include "string.h"

bool
monitor_hex(const char *text, uint64_t *value) {
    static const char digits[] = "0123456789abcdef";
    const char *s = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
    size_t n = strlen(s);
    *value = 0;
    for (const char *p = s; *p != '\0'; p++) {
        const char *digit = strchr(digits, *p);
        if (digit == NULL) {
            n = 0;
            break;
        }
        *value = *value << 4 | (uint64_t)(digit - digits);
    }
    if (n == 0 || n > 16) {
        cprintf("'%s' is no hexadecimal number of 64 bits\n", text);
        return false;
    }
    return true;
}

static int
cmd_pgdir(char **argv) {
    if (argv[1] == NULL) {
        print_pgdir(boot_pgdir);
        return 0;
    }
    if (strcmp(argv[1], "check") != 0) {
        cprintf("pgdir: '%s' is unknown; there is pgdir check\n", argv[1]);
        return MONITOR_FAILED;
    }
    return check_pgdir() == 0 && check_boot_pgdir() == 0 ? 0 : MONITOR_FAILED;
}

static int
cmd_peek(char **argv) {
    uint64_t at;
    if (!monitor_hex(argv[1], &at)) {
        return MONITOR_FAILED;
    }
    unsigned long byte; /* in assembly: to C, not every number is an address */
    __asm__ volatile("lbu %0, 0(%1)" : "=r"(byte) : "r"(at) : "memory");
    cprintf("%#lx: %02lx\n", (unsigned long)at, byte);
    return 0;
}

static int
cmd_poke(char **argv) {
    uint64_t at, value;
    if (!monitor_hex(argv[1], &at) || !monitor_hex(argv[2], &value)) {
        return MONITOR_FAILED;
    }
    if (value > 0xff) {
        cprintf("poke: '%s' is more than a byte\n", argv[2]);
        return MONITOR_FAILED;
    }
    __asm__ volatile("sb %0, 0(%1)" : : "r"(value), "r"(at) : "memory");
    return 0;
}

static int
cmd_jump(char **argv) {
    uint64_t at;
    if (!monitor_hex(argv[1], &at)) {
        return MONITOR_FAILED;
    }
    ((void (*)(void))at)();
    return 0;
}

const struct monitor_command monitor_paging_commands[] = {
    {"pgdir", "[check]", "the kernel's page table; or the checks of it", 0, 1, cmd_pgdir},
    {"peek", "address", "the byte at a virtual address", 1, 1, cmd_peek},
    {"poke", "addr byte", "store a byte at a virtual address", 2, 2, cmd_poke},
    {"jump", "address", "call what is there", 1, 1, cmd_jump},
    {NULL, NULL, NULL, 0, 0, NULL},
};
