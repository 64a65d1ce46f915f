/*
 * child.c - holds one policy (hold.h) and does what the judge asks; decides nothing.
 *
 * Before any code of the policy it gives up all it does not need (confine.h).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "hold.h"
#include "wire_look.h"

static struct wire_side side;

static __noreturn void
lost(const char *what) {
    perror(what);
    _exit(126);
}

/* Tell the judge that the reply is there. */
static void
answer(uint32_t asked) {
    atomic_store(&held.wire->answered, asked);
    if (atomic_exchange(&held.wire->judge_sleeps, 0) != 0 && write(WIRE_CHANNEL, "", 1) != 1) {
        _exit(0);
    }
}

/* Where it is, into the log: only a child with sanitizers can tell. */
void __sanitizer_print_stack_trace(void) __attribute__((weak));

static void
print_place(void) {
    if (__sanitizer_print_stack_trace != NULL) {
        __sanitizer_print_stack_trace();
    }
}

/* The judge has waited long enough. */
static void
late(int signal) {
    (void)signal;
    print_place();
    _exit(71);
}

__noreturn void
__panic(const char *file, int line, const char *fmt, ...) {
    struct wire *w = held.wire;
    const char *slash = strrchr(file, '/');
    char text[WIRE_TEXT / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(w->text, sizeof(w->text), "%s (%.80s:%d)", text, slash ? slash + 1 : file, line);
    w->reply.status = WIRE_PANIC;
    print_place();
    answer(atomic_load(&w->asked));
    _exit(70);
}

static __noreturn void
endless(void) {
    held.wire->reply.status = WIRE_ENDLESS;
    answer(atomic_load(&held.wire->asked));
    _exit(70);
}

/* Called at each basic block of a policy that was compiled with -fsanitize-coverage=trace-pc. */
void __sanitizer_cov_trace_pc(void);

void
__sanitizer_cov_trace_pc(void) {
    held.steps++;
}

/* Until `asked` is no longer `seen`; the judge's end is the child's. */
static uint32_t
next_request(uint32_t seen) {
    struct wire *w = held.wire;
    for (;;) {
        if (wire_look(&w->asked, seen + 1, &side)) {
            return seen + 1;
        }
        atomic_store(&w->child_sleeps, 1);
        if (atomic_load(&w->asked) == seen) {
            char byte;
            if (read(WIRE_CHANNEL, &byte, 1) <= 0) {
                _exit(0);
            }
        }
    }
}

/* That part of a file, or with file -1 memory, between two guard pages. */
static char *
map_guarded(int file, size_t offset, size_t bytes, size_t os_page) {
    int from = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    char *guarded = mmap(NULL, bytes + 2 * os_page, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (guarded == MAP_FAILED) {
        lost("mmap");
    }
    char *at = mmap(guarded + os_page, bytes, PROT_READ | PROT_WRITE, from | MAP_FIXED, file,
                    (off_t)offset);
    if (at == MAP_FAILED) {
        lost("mmap");
    }
    return at;
}

static void
map_memory(void) {
    size_t os_page = (size_t)sysconf(_SC_PAGESIZE);
    struct wire *probe = mmap(NULL, os_page, PROT_READ, MAP_SHARED, WIRE_MEMORY, 0);
    if (probe == MAP_FAILED) {
        lost("mmap");
    }
    uint32_t capacity = probe->capacity;
    size_t head = wire_head_bytes(capacity, os_page);
    munmap(probe, os_page);
    held.wire = mmap(NULL, head, PROT_READ | PROT_WRITE, MAP_SHARED, WIRE_MEMORY, 0);
    held.area_bytes = wire_pages_bytes(capacity, sizeof(struct Page), os_page);
    if (held.wire == MAP_FAILED) {
        lost("mmap");
    }
    held.blocks = (struct wire_block *)(held.wire + 1);
    held.area = map_guarded(WIRE_MEMORY, head, held.area_bytes, os_page);
    held.contents = map_guarded(WIRE_FRAMES, 0, wire_frames_bytes(capacity), os_page);
    held.metadata_bytes = wire_round(wire_metadata_bytes(capacity), os_page);
    held.metadata = map_guarded(-1, 0, held.metadata_bytes, os_page);
}

/* Sanitizers want files and memory, and come up only later. */
__attribute__((no_sanitize("address", "undefined"))) static bool
is_plain(void) {
    return __sanitizer_print_stack_trace == NULL;
}

static void
prepare(void) {
    map_memory();
    signal(WIRE_LATE, late);
}

/* Before the policy's constructors, which may end the process, or never end. */
__attribute__((no_sanitize("address", "undefined"))) static void
begin(void) {
    if (is_plain()) {
        prepare();
#ifndef UNCONFINED /* to show that it matters */
        if (!confine()) {
            lost("seccomp");
        }
#endif
    }
    syscall(SYS_write, WIRE_CHANNEL, "", 1);
}

__attribute__((section(".preinit_array"), used)) static void (*const first_act)(void) = begin;

/* Of files that were compiled with a stack protector; libc's would call the system. */
void __stack_chk_fail(void);

void
__stack_chk_fail(void) {
    __builtin_trap();
}

int
main(void) {
    if (!is_plain()) {
        prepare();
    }
    side.cpu = &held.wire->child_cpu;
    side.other_cpu = &held.wire->judge_cpu;
    for (uint32_t seen = atomic_load(&held.wire->answered);;) {
        seen = next_request(seen);
        struct wire_request q = held.wire->request;
        struct wire_reply r = {.status = WIRE_OK, .page = WIRE_NO_PAGE};
        serve(&q, &r);
        entering(IN_NONE);
        held.wire->reply = r;
        answer(seen);
    }
}
