/*
 * child.c - holds one policy and does what the judge asks; decides nothing.
 *
 * Linked with one object whose manager is called dropin_pmm_manager. It gives
 * the policy the surroundings that the kernel gives it: pages[], the counts of
 * frames, panic, cprintf, and the global alloc_pages that old files call from
 * their own checks, which lead straight back to the policy. page2kva leads to
 * the frames' contents, which the judge shares.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pmm.h"
#include "wire.h"
#include "wire_look.h"

extern const struct pmm_manager dropin_pmm_manager;

/* What the kernel declares in libs/stdio.h and libs/string.h, and libc has not. */
int cprintf(const char *fmt, ...);
int vcprintf(const char *fmt, va_list ap);
void cputchar(int c);
int cputs(const char *s);
char *strfind(const char *s, int c);

struct Page *pages;
size_t npage;
size_t nbase;
uint64_t va_pa_offset;
const struct pmm_manager *pmm_manager = &dropin_pmm_manager;

static struct {
    struct wire *wire;
    struct wire_block *blocks;
    char *area;        /* the descriptors, between two guard pages */
    size_t area_bytes; /* of which the last npages * sizeof(struct Page) are used */
    size_t npages;
    char *contents; /* of the frames, between two guard pages as well */
    struct wire_side side;
    uint64_t steps;
    jmp_buf endless;
    bool nested; /* the policy asked itself for pages in this call, through the global functions */
} child;

static __noreturn void
lost(const char *what) {
    perror(what);
    _exit(126);
}

/* Tell the judge that the reply is there. */
static void
answer(uint32_t asked) {
    atomic_store(&child.wire->answered, asked);
    if (atomic_exchange(&child.wire->judge_sleeps, 0) != 0 && write(WIRE_CHANNEL, "", 1) != 1) {
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
    struct wire *w = child.wire;
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

void
__warn(const char *file, int line, const char *fmt, ...) {
    (void)file;
    (void)line;
    (void)fmt;
}

const char *
caller_name(const void *pc) {
    (void)pc;
    return "?";
}

/* What a policy prints is nobody's verdict. */
int
vcprintf(const char *fmt, va_list ap) {
    return vsnprintf(NULL, 0, fmt, ap);
}

int
cprintf(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vcprintf(fmt, ap);
    va_end(ap);
    return n;
}

void
cputchar(int c) {
    (void)c;
}

int
cputs(const char *s) {
    return (int)strlen(s) + 1;
}

char *
strfind(const char *s, int c) {
    while (*s != '\0' && *s != (char)c) {
        s++;
    }
    return (char *)s;
}

uintptr_t
image_to_pa(uintptr_t va) {
    panic("PADDR(%#lx): there is no kernel image here", (unsigned long)va);
}

struct Page *
alloc_pages(size_t n) {
    child.nested = true;
    return dropin_pmm_manager.alloc_pages(n);
}

void
free_pages(struct Page *base, size_t n) {
    child.nested = true;
    dropin_pmm_manager.free_pages(base, n);
}

size_t
nr_free_pages(void) {
    return dropin_pmm_manager.nr_free_pages();
}

/* Called at each basic block of a policy that was compiled with -fsanitize-coverage=trace-pc. */
void __sanitizer_cov_trace_pc(void);

void
__sanitizer_cov_trace_pc(void) {
    child.steps++;
}

static void
entering(enum wire_member member) {
    atomic_store_explicit(&child.wire->in_member, member, memory_order_relaxed);
}

static uint64_t
index_of(const struct Page *page) {
    uintptr_t offset = (uintptr_t)page - (uintptr_t)pages;
    if (page == NULL) {
        return WIRE_NO_PAGE;
    }
    if ((uintptr_t)page < (uintptr_t)pages || offset % sizeof(struct Page) != 0 ||
        offset / sizeof(struct Page) >= child.npages) {
        return WIRE_STRAY;
    }
    return offset / sizeof(struct Page);
}

static void
visit(struct Page *head, size_t n, void *arg) {
    struct wire_reply *reply = arg;
    uint64_t page = index_of(head);
    if (reply->nblocks >= child.npages) {
        longjmp(child.endless, 1);
    }
    child.blocks[reply->nblocks++] = (struct wire_block){
        .page = page < child.npages ? (uint32_t)page : UINT32_MAX,
        .n = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX,
    };
}

/* The counts that go with every reply, and the free blocks when asked for. */
static void
look(const struct wire_request *q, struct wire_reply *r) {
    const struct pmm_manager *m = &dropin_pmm_manager;
    entering(IN_NR_FREE_PAGES);
    r->nr_free = m->nr_free_pages();
    if (m->overhead != NULL) {
        entering(IN_OVERHEAD);
        r->overhead = m->overhead();
    }
    if ((q->flags & WIRE_WANT_BLOCKS) != 0 && m->for_each_free != NULL) {
        entering(IN_FOR_EACH_FREE);
        if (setjmp(child.endless) == 0) {
            m->for_each_free(visit, r);
        } else {
            r->status = WIRE_ENDLESS;
        }
    }
}

static void
init(const struct wire_request *q) {
    if (q->npages > child.wire->capacity) {
        lost("npages");
    }
    child.npages = q->npages;
    pages = (struct Page *)(child.area + child.area_bytes) - q->npages;
    nbase = q->nbase;
    npage = q->nbase + q->npages;
    va_pa_offset = (uint64_t)(uintptr_t)child.contents - (nbase << PGSHIFT);
    entering(IN_INIT);
    dropin_pmm_manager.init();
}

static void
hello(struct wire_reply *r) {
    const struct pmm_manager *m = &dropin_pmm_manager;
    snprintf(child.wire->text, WIRE_TEXT, "%s", m->name != NULL ? m->name : "");
    r->caps = m->caps;
    r->has = (m->grant != NULL ? WIRE_HAS_GRANT : 0u) |
             (m->for_each_free != NULL ? WIRE_HAS_FREE_BLOCKS : 0u) |
             (m->check != NULL ? WIRE_HAS_CHECK : 0u) |
             (m->overhead != NULL ? WIRE_HAS_OVERHEAD : 0u) |
             (m->basic_check != NULL ? WIRE_HAS_BASIC_CHECK : 0u);
}

static void
serve(const struct wire_request *q, struct wire_reply *r) {
    const struct pmm_manager *m = &dropin_pmm_manager;
    child.nested = false;
    switch (q->op) {
    case WIRE_HELLO:
        hello(r);
        return;
    case WIRE_INIT:
        init(q);
        return;
    case WIRE_GRANT:
        entering(IN_GRANT);
        r->grant = m->grant != NULL ? m->grant(q->n) : q->n;
        return;
    case WIRE_MEMMAP:
        entering(IN_INIT_MEMMAP);
        m->init_memmap(pages + q->page, q->n);
        break;
    case WIRE_ALLOC:
        if (m->grant != NULL) {
            entering(IN_GRANT);
            r->grant = m->grant(q->n);
        }
        child.steps = 0;
        entering(IN_ALLOC_PAGES);
        r->page = index_of(m->alloc_pages(q->n));
        break;
    case WIRE_FREE:
        child.steps = 0;
        entering(IN_FREE_PAGES);
        m->free_pages(pages + q->page, q->n);
        break;
    case WIRE_CHECK:
        entering(IN_CHECK);
        m->check();
        child.nested = false; /* a check is a caller like any other */
        break;
    case WIRE_BASIC_CHECK:
        entering(IN_BASIC_CHECK);
        m->basic_check();
        child.nested = false;
        break;
    default:
        break;
    }
    r->steps = child.steps;
    r->nested = child.nested;
    look(q, r);
}

/* Until `asked` is no longer `seen`; the judge's end is the child's. */
static uint32_t
next_request(uint32_t seen) {
    struct wire *w = child.wire;
    for (;;) {
        if (wire_look(&w->asked, seen + 1, &child.side)) {
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

/* That part of a file, between two guard pages. */
static char *
map_guarded(int file, size_t offset, size_t bytes, size_t os_page) {
    char *guarded = mmap(NULL, bytes + 2 * os_page, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (guarded == MAP_FAILED) {
        lost("mmap");
    }
    char *at = mmap(guarded + os_page, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
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
    child.wire = mmap(NULL, head, PROT_READ | PROT_WRITE, MAP_SHARED, WIRE_MEMORY, 0);
    child.area_bytes = wire_pages_bytes(capacity, sizeof(struct Page), os_page);
    if (child.wire == MAP_FAILED) {
        lost("mmap");
    }
    child.blocks = (struct wire_block *)(child.wire + 1);
    child.area = map_guarded(WIRE_MEMORY, head, child.area_bytes, os_page);
    child.contents = map_guarded(WIRE_FRAMES, 0, wire_frames_bytes(capacity), os_page);
}

/* Before the policy's constructors, which may end the process, or never end. */
__attribute__((no_sanitize("address", "undefined"))) static void
begin(void) {
    syscall(SYS_write, WIRE_CHANNEL, "", 1);
}

__attribute__((section(".preinit_array"), used)) static void (*const first_act)(void) = begin;

int
main(void) {
    map_memory();
    signal(WIRE_LATE, late);
    child.side.cpu = &child.wire->child_cpu;
    child.side.other_cpu = &child.wire->judge_cpu;
    for (uint32_t seen = atomic_load(&child.wire->answered);;) {
        seen = next_request(seen);
        struct wire_request q = child.wire->request;
        struct wire_reply r = {.status = WIRE_OK, .page = WIRE_NO_PAGE};
        serve(&q, &r);
        entering(IN_NONE);
        child.wire->reply = r;
        answer(seen);
    }
}
