/* inside.c - run.h without a child: a call is a call, and what goes wrong in it a longjmp. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "hold.h"
#include "inside.h"

#define TICK_SECONDS 1 /* of processor time; a call that lasts from one to the next hangs */

/* Where ld puts what was .data and .bss of the policy; it may have neither. */
extern char __start_policy_data[] __attribute__((weak)), __stop_policy_data[] __attribute__((weak));
extern char __start_policy_bss[] __attribute__((weak)), __stop_policy_bss[] __attribute__((weak));

static struct {
    sigjmp_buf end; /* of the call that is going on */
    volatile sig_atomic_t calling;
    volatile uint32_t calls, calls_at_tick;
    void (*hung)(void);
    char stack[1 << 16]; /* for signals: the policy may have used up its own */
} inside;

enum ending { RETURNED, PANICKED, HUNG, ENDLESS, CRASHED }; /* CRASHED + the signal */

static __noreturn void
lost(const char *what) {
    perror(what);
    exit(3);
}

__noreturn void
__panic(const char *file, int line, const char *fmt, ...) {
    const char *slash = strrchr(file, '/');
    char text[WIRE_TEXT / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!inside.calling) {
        fprintf(stderr, "panic outside of any call: %s (%s:%d)\n", text, file, line);
        exit(3);
    }
    snprintf(held.wire->text, sizeof(held.wire->text), "%s (%.80s:%d)", text,
             slash ? slash + 1 : file, line);
    siglongjmp(inside.end, PANICKED);
}

static __noreturn void
endless(void) {
    siglongjmp(inside.end, ENDLESS);
}

static void
on_signal(int signal) {
    bool tick = signal == SIGVTALRM;
    if (tick && !(inside.calling && inside.calls == inside.calls_at_tick)) {
        inside.calls_at_tick = inside.calls;
        return;
    }
    if (!inside.calling) {
        _Exit(3);
    }
    if (tick && inside.hung != NULL) {
        inside.hung();
    }
    siglongjmp(inside.end, tick ? HUNG : CRASHED + signal);
}

void
inside_guard(void (*hung)(void)) {
    static const int signals[] = {SIGVTALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = SA_NODEFER | (hung == NULL ? SA_ONSTACK : 0)};
    struct itimerval tick = {.it_interval.tv_sec = TICK_SECONDS, .it_value.tv_sec = TICK_SECONDS};
    inside.hung = hung;
    stack_t stack = {.ss_sp = inside.stack, .ss_size = sizeof(inside.stack)};
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < (hung == NULL ? ARRAY_SIZE(signals) : 1); i++) {
        sigaction(signals[i], &action, NULL);
    }
    setitimer(ITIMER_VIRTUAL, &tick, NULL);
}

bool
child_start(struct child *c, const char *path, uint32_t capacity, unsigned timeout_ms,
            struct why *why) {
    (void)path;
    (void)timeout_ms;
    struct wire_reply r = {0};
    *c = (struct child){.pid = 1, .capacity = capacity};
    c->wire = calloc(1, sizeof(*c->wire));
    c->blocks = calloc(capacity, sizeof(*c->blocks));
    c->area_bytes = capacity * sizeof(struct Page);
    c->area = calloc(1, c->area_bytes);
    c->frames_bytes = wire_frames_bytes(capacity);
    c->frames = calloc(1, c->frames_bytes);
    held.metadata_bytes = ROUNDUP(wire_metadata_bytes(capacity), METADATA_ALIGN);
    held.metadata = aligned_alloc(METADATA_ALIGN, held.metadata_bytes);
    if (c->wire == NULL || c->blocks == NULL || c->area == NULL || c->frames == NULL ||
        held.metadata == NULL) {
        return broken(why, "judge", "out of memory");
    }
    c->wire->capacity = capacity;
    held.wire = c->wire;
    held.blocks = c->blocks;
    held.area = c->area;
    held.area_bytes = c->area_bytes;
    held.contents = c->frames;
    hello(&r);
    c->caps = r.caps;
    c->has = r.has;
    return true;
}

void
child_stop(struct child *c) {
    free(c->wire);
    free(c->blocks);
    free(c->area);
    free(c->frames);
    free(held.metadata);
    held.metadata = NULL;
    *c = (struct child){0};
}

bool
child_call(struct child *c, const struct wire_request *q, struct wire_reply *r, unsigned timeout_ms,
           struct why *why) {
    static const char *const members[] = {[IN_NONE] = "the call",
                                          [IN_INIT] = "init()",
                                          [IN_INIT_MEMMAP] = "init_memmap()",
                                          [IN_ALLOC_PAGES] = "alloc_pages()",
                                          [IN_FREE_PAGES] = "free_pages()",
                                          [IN_NR_FREE_PAGES] = "nr_free_pages()",
                                          [IN_CHECK] = "check()",
                                          [IN_BASIC_CHECK] = "basic_check()",
                                          [IN_GRANT] = "grant()",
                                          [IN_OVERHEAD] = "overhead()",
                                          [IN_FOR_EACH_FREE] = "for_each_free()",
                                          [IN_METADATA] = "metadata()"};
    (void)timeout_ms;
    *r = (struct wire_reply){.status = WIRE_OK, .page = WIRE_NO_PAGE};
    inside.calls++;
    int end = sigsetjmp(inside.end, 0);
    if (end == RETURNED) {
        inside.calling = 1;
        serve(q, r);
    }
    inside.calling = 0;
    const char *call = members[c->wire->in_member];
    if (end == PANICKED) {
        return broken(why, "panic", "%s panicked: %s", call, c->wire->text);
    }
    if (end == HUNG) {
        return broken(why, "hang", "%s does not return", call);
    }
    if (end >= CRASHED) {
        return broken(why, "crash", "%s crashed: %s", call, strsignal(end - CRASHED));
    }
    return end != ENDLESS ||
           broken(why, "hang", "for_each_free visits more blocks than there are pages");
}

struct Page *
child_pages(const struct child *c, uint32_t npages) {
    return (struct Page *)(c->area + c->area_bytes) - npages;
}

/* ---- the policy's state, piece by piece ------------------------------------------------------ */

enum way { TO_BUFFER, FROM_BUFFER };

static char *
copy_piece(enum way way, char *piece, size_t bytes, char *buffer) {
    memcpy(way == TO_BUFFER ? buffer : piece, way == TO_BUFFER ? piece : buffer, bytes);
    return buffer + bytes;
}

static void
copy_state(const struct child *c, uint32_t npages, size_t frame_bytes, enum way way, char *buffer) {
    size_t data = (size_t)(__stop_policy_data - __start_policy_data);
    size_t bss = (size_t)(__stop_policy_bss - __start_policy_bss);
    buffer = copy_piece(way, (char *)child_pages(c, npages), npages * sizeof(struct Page), buffer);
    buffer = copy_piece(way, __start_policy_data, data, buffer);
    buffer = copy_piece(way, __start_policy_bss, bss, buffer);
    size_t metadata = metadata_bytes(npages);
    buffer = copy_piece(way, held.metadata + held.metadata_bytes - metadata, metadata, buffer);
    for (uint32_t i = 0; i < npages && frame_bytes > 0; i++) {
        buffer = copy_piece(way, c->frames + (size_t)i * WIRE_FRAME, frame_bytes, buffer);
    }
}

/* What stands before the contents of frames. */
static size_t
head_bytes(uint32_t npages) {
    return npages * sizeof(struct Page) + (size_t)(__stop_policy_data - __start_policy_data) +
           (size_t)(__stop_policy_bss - __start_policy_bss) + metadata_bytes(npages);
}

size_t
inside_state_bytes(uint32_t npages, size_t frame_bytes) {
    return (head_bytes(npages) + npages * frame_bytes + 7) / 8 * 8;
}

void
inside_save(const struct child *c, uint32_t npages, size_t frame_bytes, char *to) {
    copy_state(c, npages, frame_bytes, TO_BUFFER, to);
}

void
inside_restore(const struct child *c, uint32_t npages, size_t frame_bytes, const char *from) {
    copy_state(c, npages, frame_bytes, FROM_BUFFER, (char *)(uintptr_t)from);
}

char *
inside_frame(char *state, uint32_t page, uint32_t npages, size_t frame_bytes) {
    return state + head_bytes(npages) + page * frame_bytes;
}
