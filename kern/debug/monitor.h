/* monitor.h - the prompt: commands on the running kernel. */
#ifndef KERN_DEBUG_MONITOR_H
#define KERN_DEBUG_MONITOR_H

#include "fail.h"
#include "machine.h"

/* Before any other function here. */
void monitor_init(const struct machine *machine);

/*
 * Run the commands in `run` (NULL: none), separated by ';' outside quotes; the
 * first one that fails switches off with status 1. Then prompt for more, or
 * with `batch` switch off.
 */
__noreturn void monitor(const char *run, bool batch);

/* Prompt until the command `exit`. */
void monitor_session(void);

/* The command could not do what was asked, and has said why. */
#define MONITOR_FAILED (-1)

struct monitor_command {
    const char *name;
    const char *args; /* as help shows them */
    const char *help;
    int min_args, max_args;
    int (*run)(char **argv); /* argv[1] on are the arguments, NULL after the last; 0: done */
};

int cmd_map(char **argv); /* monitor_map.c */

/* All 64 bits, hexadecimal with or without 0x; false with a message. In monitor_paging.c. */
bool monitor_hex(const char *text, uint64_t *value);

/* The commands on memory; ends with an entry without name. */
extern const struct monitor_command monitor_memory_commands[];

/* Those on virtual addresses; likewise. */
extern const struct monitor_command monitor_paging_commands[];

/* Those on the heap; likewise. */
extern const struct monitor_command monitor_slab_commands[];

/* Those on address spaces; likewise. */
extern const struct monitor_command monitor_vm_commands[];

/* Those that make allocations fail; likewise. */
extern const struct monitor_command monitor_fail_commands[];

/* Those on what allocations cost; likewise. */
extern const struct monitor_command monitor_bench_commands[];

/* What it was armed for, and whether that has come. */
void print_fail(const struct fail *fail);

#endif
