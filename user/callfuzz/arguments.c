/* arguments.c - random arguments of system calls, most of them such that the call may succeed. */
#include "fuzz.h"

#define PAGE  4096
#define SLOT  0x10000000 /* where memory for arguments lies, a slot every SPACE bytes */
#define SPACE 0x100000
#define SLOTS 8
#define ROOM  (16 * PAGE) /* of a slot; the rest of its space is not mapped */

#define CONSOLE "stdin:"

#define KERNEL     0xffffffffc0200000
#define PROGRAM    0x800000 /* where it lies */
#define USER_TOP   0x80000000
#define STACK_ROOM 0x110000 /* bytes below USER_TOP where the stack is, or could grow */
#define LAST_WORDS 64       /* of them, at the end of the last page, where argv was */

const struct call fuzzed[NCALLS] = {
    {"exit", SYS_exit, 2, "i"},
    {"fork", SYS_fork, 2, "iiiii"},
    {"clone", SYS_clone, 2, "zZ"},
    {"wait", SYS_wait, 4, "cb"},
    {"exec", SYS_exec, 6, "pnb"},
    {"yield", SYS_yield, 8, "i"},
    {"sleep", SYS_sleep, 2, "t"},
    {"kill", SYS_kill, 4, "k"},
    {"gettime", SYS_gettime, 20, "i"},
    {"getpid", SYS_getpid, 20, "i"},
    {"brk", SYS_brk, 40, "B"},
    {"mmap", SYS_mmap, 40, "Mlm"},
    {"munmap", SYS_munmap, 40, "al"},
    {"shmem", SYS_shmem, 10, "Mlm"},
    {"putc", SYS_putc, 2, "q"},
    {"pgdir", SYS_pgdir, 1, "i"},
    {"open", SYS_open, 60, "ro"},
    {"close", SYS_close, 60, "f"},
    {"read", SYS_read, 40, "fbn"},
    {"write", SYS_write, 40, "fbn"},
    {"seek", SYS_seek, 40, "fsv"},
    {"fstat", SYS_fstat, 30, "fb"},
    {"fsync", SYS_fsync, 20, "f"},
    {"getcwd", SYS_getcwd, 30, "bn"},
    {"getdirentry", SYS_getdirentry, 50, "fD"},
    {"dup", SYS_dup, 30, "fd"},
    {"set_priority", SYS_set_priority, 10, "i"},
    {"wait_any", SYS_wait_any, 2, "b"},
    {"chdir", SYS_chdir, 30, "p"},
    {"mkdir", SYS_mkdir, 40, "P"},
    {"unlink", SYS_unlink, 40, "p"},
    {"pipe", SYS_pipe, 30, "b"},
    {"setpgid", SYS_setpgid, 20, "cg"},
    {"setfg", SYS_setfg, 10, "g"},
    {"rawmode", SYS_rawmode, 10, "v"},
};

extern char end[]; /* of the program's data */

static uint64_t state;
static uint64_t word;
static char text[1200];
static struct dirent entry;

/* ---- numbers --------------------------------------------------------------------------------- */

void
seed_random(uint64_t seed) {
    state = seed * 0x9e3779b97f4a7c15 | 1;
}

/* Source: G. Marsaglia, "Xorshift RNGs", 2003; the product hides its weak low bits. */
uint64_t
random64(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

uint64_t
below(uint64_t n) {
    return (random64() >> 11) % n;
}

/* In a slot or just behind it, often near the end of a page. */
static uint64_t
slot_address(void) {
    uint64_t page = SLOT + below(SLOTS) * SPACE + below(ROOM / PAGE + 1) * PAGE;
    return below(2) == 0 ? page + below(PAGE) : page - below(24);
}

static uint64_t
edge(void) {
    static const uint64_t edges[] = {
        0,                  /* NULL */
        PAGE - 1,           /* the first page */
        0x1ffff8,           /* below where programs may be */
        USER_TOP - 8,       /* the last word of the stack */
        USER_TOP - 3,       /* across its end */
        USER_TOP,           /* behind it */
        0x3fffffffff,       /* the end of the user's half */
        0x4000000000,       /* no address at all */
        0xffffffbfffffffff, /* the last that is none */
        0xffffffc000000000, /* memory in the linear map */
        0xffffffc080200000, /* ... and the kernel in it */
        KERNEL,             /* the kernel's image */
        0xffffffffc0280000, /* ... and its data */
        0xffffffffe0000000, /* the stacks of the kernel */
        0xffffffffe0001000,
        0xffffffffffffffff,
        0x7fffffffffffffff,
        0x8000000000000000,
        0xffffffff,
        0x7fffffff,
        0x100000000,
    };
    return edges[below(ARRAY_SIZE(edges))] + (below(4) == 0 ? below(17) - 8 : 0);
}

/* Not where a store would hit what the fuzzer itself needs. */
static uint64_t
beside_own_data(uint64_t value) {
    bool own = value >= (uintptr_t)&state / PAGE * PAGE - 8 * PAGE && value < (uintptr_t)end;
    own = own || (value >= USER_TOP - STACK_ROOM && value < USER_TOP - LAST_WORDS);
    return own ? value + USER_TOP : value;
}

uint64_t
anything(void) {
    switch (below(6)) {
    case 0:
        return beside_own_data(random64() >> below(64));
    case 1:
        return below(64);
    case 2:
        return slot_address();
    case 3:
        return (uintptr_t)anything + below(64); /* can be read and run only */
    case 4:
        return 0xffffffe000000000 + below(0x2000000000);
    default:
        return beside_own_data(edge());
    }
}

/* ---- what the letters stand for -------------------------------------------------------------- */

static uint64_t
a_size(void) {
    switch (below(8)) {
    case 0:
        return anything();
    case 1:
        return below(ROOM + PAGE);
    case 2:
        return PAGE + below(17) - 8;
    default:
        return below(300);
    }
}

/* A word in front of which and behind which nothing of anybody else lies. */
static uint64_t
word_at(uint64_t value) {
    word = value;
    return (uintptr_t)&word;
}

static uint64_t
a_break(void) {
    static uintptr_t start;
    if (start == 0) {
        start = ROUNDUP((uintptr_t)end, PAGE);
    }
    return word_at(below(8) == 0 ? edge() : start + below(64 * PAGE));
}

static uint64_t
a_place(void) {
    uint64_t draw = below(8);
    return word_at(draw == 0 ? anything() : draw < 4 ? 0 : SLOT + below(SLOTS) * SPACE);
}

/* A path, in memory where everything is well; now and then at the end of a page, or unending. */
static uint64_t
a_path(void) {
    static const char *const paths[] = {
        "/tmp/a",
        "/tmp/b",
        "/tmp/c",
        "/tmp/d",
        "/tmp/d/e",
        "/tmp/d/f",
        "/tmp/g",
        "/tmp/g/h",
        "/tmp/g/h/i",
        "/tmp",
        "/tmp/",
        "d",
        "e",
        "a",
        "..",
        ".",
        "/",
        "/bin",
        "/dev",
        "/dev/null",
        "/dev/zero",
        "/dev/meminfo",
        "/bin/true",
        "/dev/buddyinfo",
        "/tmp/../tmp/d/.",
        "/tmp/a/x",
        "/nothing/x",
        "/tmp//d//../b",
        "",
        "disk0:/tmp/c",
    };
    snprintf(text, sizeof(text), "%s", paths[below(ARRAY_SIZE(paths))]);
    switch (below(256)) {
    case 0:
        memset(text, 'n', below(2) == 0 ? 300 : sizeof(text) - 1);
        break;
    case 1:
        snprintf(text, sizeof(text), "/tmp/%c%c", (int)below(3) + 1, (int)below(3) + 0xfd);
        break;
    case 2:
        snprintf(text, sizeof(text), CONSOLE);
        break;
    default:
        break;
    }
    return (uintptr_t)text;
}

/* A relative one would make trees so deep that nobody finds what is in them to unlink it. */
static uint64_t
an_absolute_path(void) {
    uint64_t path;
    do {
        path = a_path();
    } while (text[0] != '/');
    return path;
}

static bool
is_console(void) {
    return strcmp(text, CONSOLE) == 0;
}

static uint64_t
open_flags(void) {
    uint64_t flags = below(4) == 0 ? random64() >> below(64) : below(64);
    return below(3) == 0 ? O_RDONLY : flags;
}

static int
a_child(const struct worker *w) {
    return w->children[below(ARRAY_SIZE(w->children))];
}

static uint64_t
a_flag_word(void) {
    static const uint64_t flags[] = {0, MMAP_WRITE, MMAP_WRITE, MMAP_WRITE | MMAP_STACK};
    return below(16) == 0 ? random64() : flags[below(ARRAY_SIZE(flags))];
}

static uint64_t
of_kind(char letter, const struct worker *w) {
    switch (letter) {
    case 'f':
        return below(REPORT_FD);
    case 'd':
        return below(2) == 0 ? (uint64_t)-1 : below(REPORT_FD);
    case 'b':
        return slot_address() / 8 * 8;
    case 'n':
        return a_size();
    case 'l':
        return below(8) == 0 ? a_size() : ROOM - below(PAGE);
    case 'm':
        return a_flag_word();
    case 'a':
        return SLOT + below(SLOTS) * SPACE + below(4) / 3 * below(ROOM);
    case 'B':
        return a_break();
    case 'M':
        return a_place();
    case 'D':
        entry.offset = (off_t)below(4);
        return (uintptr_t)&entry;
    case 'r':
        return a_path();
    case 'p':
        return below(64) == 0 ? slot_address() : a_path();
    case 'P':
        return an_absolute_path();
    case 'o':
        return open_flags();
    case 's':
        return below(32) == 0 ? below(256 << 20) : below(20 * PAGE);
    case 'v':
        return below(3);
    case 't':
        return below(3);
    case 'c':
        return below(8) == 0 ? 0 : (uint64_t)a_child(w);
    case 'k':
        return (uint64_t)a_child(w);
    case 'g':
        return below(1000);
    case 'z':
    case 'Z':
        return 0;
    case 'q':
        return below(8) == 0 ? '\n' : ' ' + below('~' - ' ');
    default:
        return anything();
    }
}

/* Can it be read? What is made by a path of such bytes, nobody finds again to unlink it. */
static bool
is_readable(uint64_t address) {
    bool in_slot = address / SPACE - SLOT / SPACE < SLOTS;
    bool in_stack = address >= USER_TOP - STACK_ROOM && address < USER_TOP;
    return in_slot || in_stack || (address >= PROGRAM && address < (uintptr_t)end);
}

/* What is capped, so that the fuzzer comes to its end, and is heard. */
static uint64_t
capped(char letter, uint64_t value, const struct worker *w) {
    const uint64_t high = value >> 32 << 32;
    const int low = (int)value;
    switch (letter) {
    case 't':
        return high | (uint32_t)low % 3;
    case 'q':
        return high | (uint32_t)of_kind('q', w);
    case 'z': /* a clone in the worker's own memory, or on another stack, would be the end of it */
        return value & ~(uint64_t)CLONE_VM;
    case 'Z':
        return 0;
    case 'f':
    case 'd':
        return low == REPORT_FD ? value + 1 : value;
    case 'r':
    case 'P':
        return value != (uintptr_t)text && is_readable(value) ? KERNEL : value;
    case 'l': /* whole memories run out in one call, and never for others */
        return value > SPACE && value < USER_TOP ? value + USER_TOP : value;
    case 'k':
        return low > 0 && low <= w->parent ? high | 0x7fff0000 : value;
    default:
        return value;
    }
}

void
choose_arguments(const struct call *call, const struct worker *worker, uint64_t arg[5]) {
    const char *letter = call->arguments;
    for (size_t i = 0; i < 5; i++) {
        char kind = *letter == '\0' ? 'i' : *letter++;
        uint64_t value = below(12) == 0 ? anything() : of_kind(kind, worker);
        arg[i] = capped(kind, value, worker);
    }
    if (call->number == SYS_open && is_console()) {
        arg[1] = O_RDONLY; /* it is for what the fuzzer has to say */
    }
}

/* Every fourth cannot be written to. */
void
map_slots(void) {
    for (size_t i = 0; i < SLOTS; i++) {
        uintptr_t at = SLOT + i * SPACE;
        mmap(&at, ROOM, i % 4 == 3 ? 0 : MMAP_WRITE);
    }
}

uint64_t
argument_word(void) {
    return word;
}
