/* monitor.c - the command line: words, quotes, `;`, and the general commands. */
#include "monitor.h"
#include "clock.h"
#include "console.h"
#include "init_main.h"
#include "intr.h"
#include "ksyms.h"
#include "pmm.h"
#include "power.h"
#include "ps.h"
#include "sbi.h"
#include "stdio.h"
#include "string.h"

#define MAX_WORDS 16

static const struct machine *machine;

static struct { bool open; /* somebody waits for `exit` */ } session;

extern char image_start[], text_end[], rodata_end[], image_used_end[];

static int cmd_help(char **argv);

/* Source: SBI specification, chapter 9, hart_get_status. */
static const char *
hart_status(uint64_t hart) {
    static const char *const names[] = {"runs", "stopped", "starting", "stopping", "suspended"};
    enum { HART_GET_STATUS = 2 };
    struct sbi_result r = {.error = -1};
    if (sbi_has(SBI_EXT_HSM)) {
        r = sbi_call(SBI_EXT_HSM, HART_GET_STATUS, hart, 0, 0);
    }
    return r.error == 0 && (size_t)r.value < ARRAY_SIZE(names) ? names[r.value] : "parked";
}

static int
cmd_harts(char **argv) {
    (void)argv;
    for (unsigned i = 0; i < machine->nharts && i < MACHINE_HARTS; i++) {
        bool here = machine->hart[i] == hart_id();
        cprintf("hart %lu: %s\n", (unsigned long)machine->hart[i],
                here ? "runs this kernel" : hart_status(machine->hart[i]));
    }
    return 0;
}

static int
cmd_kerninfo(char **argv) {
    (void)argv;
    cprintf("image     %#lx..%#lx, loaded at %#lx\n", (unsigned long)image_start,
            (unsigned long)image_used_end, (unsigned long)PADDR(image_start));
    cprintf("          text %zu KiB, constants %zu KiB, data %zu KiB\n",
            (size_t)(text_end - image_start) >> 10, (size_t)(rodata_end - text_end) >> 10,
            (size_t)(image_used_end - rodata_end) >> 10);
    cprintf("memory    physical address 0 is seen at %#lx\n", (unsigned long)va_pa_offset);
    cprintf("firmware  SBI %lu.%lu, implementation %lu version %#lx, %s\n",
            sbi_spec_version() >> 24, sbi_spec_version() & 0xffffff, sbi_impl_id(),
            sbi_impl_version(), console_name());
    cprintf("machine   %s, %u harts, timer %u Hz\n", machine->model, machine->nharts,
            machine->timer_hz);
    cprintf("devices   test device at %#lx; device tree at %#lx, %lu bytes\n",
            (unsigned long)machine->test_device, (unsigned long)machine->dtb.base,
            (unsigned long)(machine->dtb.end - machine->dtb.base));
    cprintf("boot      %lu instructions to the prompt (exact only with qemu -icount)\n",
            (unsigned long)machine->boot_instructions);
    cprintf("          the firmware took %lu before, and it is %lu by now\n",
            (unsigned long)machine->firmware_instructions, (unsigned long)read_csr(instret));
    cprintf("arguments %s\n", machine->bootargs);
    return 0;
}

static int
cmd_backtrace(char **argv) {
    (void)argv;
    struct trapframe here;
    capture_registers(&here);
    backtrace(&here);
    return 0;
}

static int
cmd_ticks(char **argv) {
    (void)argv;
    cprintf("%lu ticks, %d a second; %lu ms since boot\n", (unsigned long)clock_ticks(),
            TICKS_PER_SECOND, (unsigned long)clock_milliseconds());
    return 0;
}

static int
cmd_panic(char **argv) {
    if (argv[1] != NULL && strcmp(argv[1], "fault") == 0) {
        uintptr_t nowhere = 16;
        __asm__ volatile("sw zero, 0(%0)" ::"r"(nowhere));
    }
    panic("asked for%s%s", argv[1] == NULL ? "" : ": ", argv[1] == NULL ? "" : argv[1]);
}

/* Milliseconds, decimal. */
static int
cmd_hold(char **argv) {
    char *end;
    long ms = strtol(argv[1], &end, 10);
    if (*end != '\0' || end == argv[1] || ms < 0 || ms > 60000) {
        cprintf("hold: '%s' is not a number of milliseconds, 0 to 60000\n", argv[1]);
        return MONITOR_FAILED;
    }
    bool intr = intr_save();
    for (uint64_t start = clock_milliseconds(); clock_milliseconds() - start < (uint64_t)ms;) {
    }
    intr_restore(intr);
    return 0;
}

static void
put(int c, void *arg) {
    (void)arg;
    cputchar(c);
}

static int
cmd_ps(char **argv) {
    (void)argv;
    ps_print(put, NULL);
    return 0;
}

static int
cmd_off(char **argv) {
    long status = 0;
    if (argv[1] != NULL) {
        char *end;
        status = strtol(argv[1], &end, 10);
        if (*end != '\0' || end == argv[1] || status < 0 || status > 99) {
            cprintf("off: '%s' is not a status, 0 to 99\n", argv[1]);
            return MONITOR_FAILED;
        }
    }
    power_off((unsigned)status);
}

static int
cmd_exit(char **argv) {
    (void)argv;
    if (!session.open) {
        cprintf("exit: nobody waits for it; off switches off\n");
        return MONITOR_FAILED;
    }
    session.open = false;
    return 0;
}

static int
cmd_run(char **argv) {
    struct program program = {0, (const char *const *)argv + 1};
    if (machine->initrd.base == machine->initrd.end) {
        cprintf("run: there is no initrd with programs in it\n");
        return MONITOR_FAILED;
    }
    while (program.argv[program.argc] != NULL) {
        program.argc++;
    }
    int status = run_program(&program);
    if (status != 0) {
        cprintf("run: it ended with %d%s%s\n", status, status < 0 ? ", " : "",
                status < 0 ? error_text(status) : "");
    }
    return status == 0 ? 0 : MONITOR_FAILED;
}

static const struct monitor_command general_commands[] = {
    {"help", "", "this list", 0, 0, cmd_help},
    {"kerninfo", "", "the image, the firmware, the machine", 0, 0, cmd_kerninfo},
    {"harts", "", "the harts, and which one runs the kernel", 0, 0, cmd_harts},
    {"backtrace", "", "the calls that led here", 0, 0, cmd_backtrace},
    {"ticks", "", "timer interrupts so far", 0, 0, cmd_ticks},
    {"panic", "[word]", "stop as a kernel bug would; with 'fault', by a bad store", 0, 1,
     cmd_panic},
    {"hold", "ms", "keep interrupts off for so long: what the watchdog says", 1, 1, cmd_hold},
    {"ps", "", "the processes, and their pages", 0, 0, cmd_ps},
    {"run", "file ...", "run a program and what it starts; what it leaves behind", 1, 15, cmd_run},
    {"exit", "", "back to who called the monitor (kmon)", 0, 0, cmd_exit},
    {"off", "[status]", "switch off; the status, 0..99, is what tools/qemu returns", 0, 1, cmd_off},
    {NULL, NULL, NULL, 0, 0, NULL},
};

static const struct monitor_command *const tables[] = {
    monitor_memory_commands, monitor_paging_commands, monitor_slab_commands, monitor_vm_commands,
    monitor_fail_commands,   monitor_bench_commands,  general_commands,
};

static int
cmd_help(char **argv) {
    (void)argv;
    for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
        for (const struct monitor_command *c = tables[t]; c->name != NULL; c++) {
            cprintf("  %-9s %-9s %s\n", c->name, c->args, c->help);
        }
    }
    cprintf("  several commands on a line are separated by ';'\n");
    return 0;
}

static const struct monitor_command *
find_command(const char *name) {
    for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
        for (const struct monitor_command *c = tables[t]; c->name != NULL; c++) {
            if (strcmp(c->name, name) == 0) {
                return c;
            }
        }
    }
    return NULL;
}

/* Cut `s` into words at blanks outside quotes; their number, or -1 with a message. */
static int
split_words(char *s, char **words) {
    int n = 0;
    while (*s != '\0') {
        if (*s == ' ' || *s == '\t') {
            s++;
            continue;
        }
        if (n == MAX_WORDS) {
            cprintf("more than %d words in one command\n", MAX_WORDS);
            return -1;
        }
        char *end;
        if (*s == '\'' || *s == '"') {
            end = strchr(s + 1, *s);
            if (end == NULL) {
                cprintf("a quote is not closed: %s\n", s);
                return -1;
            }
            s++;
        } else {
            for (end = s; *end != '\0' && *end != ' ' && *end != '\t'; end++) {
            }
        }
        words[n++] = s;
        s = *end == '\0' ? end : end + 1;
        *end = '\0';
    }
    words[n] = NULL;
    return n;
}

/* One command without `;`, which is cut into pieces. */
static int
run_command(char *text) {
    char *argv[MAX_WORDS + 1];
    int words = split_words(text, argv);
    if (words <= 0) {
        return words;
    }
    const struct monitor_command *c = find_command(argv[0]);
    if (c == NULL) {
        cprintf("unknown command '%s'; type help\n", argv[0]);
        return MONITOR_FAILED;
    }
    if (words - 1 < c->min_args || words - 1 > c->max_args) {
        cprintf("usage: %s %s\n", c->name, c->args);
        return MONITOR_FAILED;
    }
    return c->run(argv);
}

/*
 * The end of the command at `s`: the first `;` outside quotes, or the end of the
 * line. A quote counts where a word begins, as in split_words.
 */
static char *
command_end(char *s) {
    bool at_start = true;
    for (; *s != '\0' && *s != ';'; s++) {
        if (at_start && (*s == '\'' || *s == '"')) {
            char *closing = strchr(s + 1, *s);
            if (closing == NULL) {
                return strfind(s, '\0');
            }
            s = closing;
        }
        at_start = *s == ' ' || *s == '\t';
    }
    return s;
}

/* Commands separated by `;`, up to the first that fails; `echo` shows each one first. */
static int
run_line(char *line, bool echo) {
    char *s = line;
    for (;;) {
        char *end = command_end(s);
        bool last = *end == '\0';
        *end = '\0';
        while (*s == ' ') {
            s++;
        }
        if (echo && *s != '\0') {
            cprintf("pagelab> %s\n", s);
        }
        int result = run_command(s);
        if (result != 0 || last) {
            return result;
        }
        s = end + 1;
    }
}

void
monitor_init(const struct machine *m) {
    machine = m;
}

void
monitor_session(void) {
    session.open = true;
    while (session.open) {
        run_line(readline("pagelab> "), false);
    }
}

void
monitor(const char *run, bool batch) {
    if (run != NULL) {
        static char line[MACHINE_BOOTARGS];
        snprintf(line, sizeof(line), "%s", run);
        if (run_line(line, true) != 0) {
            power_off(STATUS_FAILED);
        }
        if (batch) {
            power_off(0);
        }
    }
    for (;;) {
        run_line(readline("pagelab> "), false);
    }
}
