/*
 * host.c - carries out courses on one allocator, as measure.py says on its standard input.
 *
 *   occupy PERCENT      of memory, in what is started from now on; 0: as the course has it
 *   start ID DONE       a fresh pool, in the state in which course ID begins
 *   run REQUESTS MS     go on with it, for so many requests or milliseconds
 *   count REQUESTS      the same, counted by callgrind
 *   dump NAME           what was counted since the last time, as a file of callgrind's
 *   look                free memory, and metadata touched
 *
 * Each answer is one line of JSON. Arguments: PAGES NAME [--touch]. With --touch, memory is
 * mapped when it is written to, so that this can be counted; else before it is timed.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fragments.h"
#include "host.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

#ifndef PMM_LAZY
#define PMM_LAZY 0x2
#endif

#define FIRST_PAGE  0x80000
#define SLICE_NS    200000 /* what is timed at once takes about as long */
#define KERNEL_PAGE 4096   /* the host's */

/* What the kernel declares in libs/stdio.h and libs/string.h, and libc has not. */
int cprintf(const char *fmt, ...);
int vcprintf(const char *fmt, va_list ap);
void cputchar(int c);
int cputs(const char *s);
char *strfind(const char *s, int c);

enum area { DESCRIPTORS, METADATA, WORDS, CONTENTS, BOOKS, BITS, AREAS };

static struct {
    char *at[AREAS];
    size_t bytes[AREAS];
    size_t npages;
    bool touch;
    unsigned occupied; /* of workload_setup */
    uint64_t clock_ns; /* that reading the clock twice takes */
    size_t planned;    /* steps of the plan that are carried out */
    size_t slice;      /* steps to be timed at once */
    struct workload_target target;
    struct workload w;
} host;

/* ---- what policies stand on -------------------------------------------------------------------
 */

__noreturn void
__panic(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "panic: ");
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, " (%s:%d)\n", file, line);
    exit(1);
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

uintptr_t
image_to_pa(uintptr_t va) {
    panic("PADDR(%#lx): there is no kernel image here", (unsigned long)va);
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
    return (char *)(uintptr_t)s;
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static void
map_area(enum area area, size_t bytes) {
    host.bytes[area] = ROUNDUP(bytes, KERNEL_PAGE);
    if (bytes == 0) {
        return;
    }
    void *at = mmap(NULL, host.bytes[area], PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) {
        panic("no room for %zu bytes", bytes);
    }
    host.at[area] = at;
}

static void
map_memory(void) {
    size_t n = host.npages;
    map_area(DESCRIPTORS, n * sizeof(struct Page));
    map_area(METADATA, pmm_manager->metadata == NULL ? 0 : pmm_manager->metadata(n));
    map_area(WORDS, bench_words_bytes(n));
    /* Only a policy that has overhead, or says nothing of it, writes into pages. */
    bool says = pmm_manager->grant != NULL;
    map_area(CONTENTS, says && pmm_manager->overhead == NULL ? 0 : n * PGSIZE);
    map_area(BOOKS, workload_bytes(n));
    madvise(host.at[BOOKS], host.bytes[BOOKS], MADV_POPULATE_WRITE); /* not while it is timed */
    map_area(BITS, n / 8 + 8);
    pages = (struct Page *)host.at[DESCRIPTORS];
    pmm_metadata = host.at[METADATA];
    nbase = FIRST_PAGE;
    npage = FIRST_PAGE + n;
    va_pa_offset = (uint64_t)(uintptr_t)host.at[CONTENTS] - ((uint64_t)FIRST_PAGE << PGSHIFT);
}

/* As before the policy was given anything. Junk stays, or nothing is there. */
static void
renew_memory(void) {
    for (enum area area = DESCRIPTORS; area <= CONTENTS; area++) {
        if (host.bytes[area] == 0) {
            continue;
        }
        if (host.touch || area == CONTENTS) {
            madvise(host.at[area], host.bytes[area], MADV_DONTNEED);
        } else {
            madvise(host.at[area], host.bytes[area], MADV_POPULATE_WRITE);
        }
    }
    if ((pmm_manager->caps & PMM_LAZY) != 0) {
        return;
    }
    for (size_t i = 0; i < host.npages; i++) {
        pages[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
}

/* Bytes of the allocator's memory that are there, in pages of the host's. */
static size_t
bytes_touched(void) {
    static unsigned char there[1 << 16];
    size_t touched = 0;
    for (enum area area = DESCRIPTORS; area <= CONTENTS; area++) {
        for (size_t from = 0; from < host.bytes[area]; from += sizeof(there) * KERNEL_PAGE) {
            size_t left = host.bytes[area] - from, most = sizeof(there) * KERNEL_PAGE;
            size_t bytes = left < most ? left : most;
            mincore(host.at[area] + from, bytes, there);
            for (size_t i = 0; i < bytes / KERNEL_PAGE; i++) {
                touched += (there[i] & 1) * (size_t)KERNEL_PAGE;
            }
        }
    }
    return touched;
}

/* ---- requests ---------------------------------------------------------------------------------
 */

/* callgrind is asked for what these call: one allocation, one free. */
__noinline struct Page *bench_alloc(size_t n);
__noinline void bench_free(struct Page *base, size_t n);

struct Page *
bench_alloc(size_t n) {
    struct Page *page = host.target.alloc(n);
    __asm__ volatile("" ::: "memory"); /* a call, no jump */
    return page;
}

void
bench_free(struct Page *base, size_t n) {
    host.target.free(base, n);
    __asm__ volatile("" ::: "memory");
}

static uint64_t
now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
calibrate_clock(void) {
    host.clock_ns = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        uint64_t began = now();
        uint64_t took = now() - began;
        host.clock_ns = took < host.clock_ns ? took : host.clock_ns;
    }
}

static void
start(char id, size_t done, bool counted) {
    renew_memory();
    bench_give((uint64_t *)host.at[WORDS], host.npages);
    host.target = bench_target();
    host.planned = host.w.nsteps = 0;
    host.slice = 2;
    workload_start(&host.w, &(struct workload_setup){
                                .id = id,
                                .target = host.target,
                                .base = pages,
                                .npages = host.npages,
                                .memory = host.at[BOOKS],
                                .occupied = host.occupied,
                                .done = done,
                            });
    if (counted) {
        host.w.setup.target = (struct workload_target){bench_alloc, bench_free};
    }
    printf("{\"requested\": %zu}\n", host.w.requested);
}

/* Steps that can be carried out now, up to at_most; 0: the course is over. */
static size_t
steps_ahead(size_t at_most) {
    if (host.planned == host.w.nsteps) {
        host.planned = 0;
        workload_plan(&host.w, WORKLOAD_STEPS);
    }
    size_t left = host.w.nsteps - host.planned;
    return left < at_most ? left : at_most;
}

static void
print_progress(size_t requests, uint64_t ns, bool over) {
    printf("{\"requests\": %zu, \"ns\": %lu, \"over\": %s, \"allocs\": %zu, \"frees\": %zu, "
           "\"failed\": %zu, \"requested\": %zu}\n",
           requests, (unsigned long)ns, over ? "true" : "false", host.w.allocs, host.w.frees,
           host.w.failed, host.w.requested);
}

static void
run(size_t requests, uint64_t ms) {
    uint64_t ns = 0;
    size_t done = 0;
    bool over = false;
    while (done < requests && ns < ms * 1000000) {
        size_t left = requests - done;
        size_t n = steps_ahead(left < host.slice ? left : host.slice);
        if (n == 0) {
            over = true;
            break;
        }
        uint64_t began = now();
        workload_run_part(&host.w, host.planned, n);
        uint64_t took = now() - began;
        ns += took > host.clock_ns ? took - host.clock_ns : 0;
        host.planned += n;
        done += n;
        if (took < SLICE_NS / 2 && host.slice < WORKLOAD_STEPS) {
            host.slice *= 2;
        } else if (took > SLICE_NS * 2 && host.slice > 2) {
            host.slice /= 2;
        }
    }
    print_progress(done, ns, over);
}

static void
count(size_t requests) {
    size_t done = 0;
    bool over = false;
    while (done < requests && !over) {
        size_t n = steps_ahead(requests - done);
        over = n == 0;
        CALLGRIND_START_INSTRUMENTATION;
        workload_run_part(&host.w, host.planned, n);
        CALLGRIND_STOP_INSTRUMENTATION;
        host.planned += n;
        done += n;
    }
    print_progress(done, 0, over);
}

static void
look(void) {
    struct fragments f;
    size_t touched = bytes_touched();
    bool known = fragments_of(pmm_manager, (uint64_t *)host.at[BITS], host.npages, &f);
    size_t overhead = pmm_manager->overhead == NULL ? 0 : pmm_manager->overhead();
    size_t free = pmm_manager->nr_free_pages();
    printf("{\"known\": %s, \"touched\": %zu, \"granted\": %zu, \"requested\": %zu, "
           "\"free\": %zu, \"runs\": %zu, \"largest\": %zu, \"huge\": %zu, ",
           known ? "true" : "false", touched, host.npages - free - overhead, host.w.requested, free,
           f.runs, f.largest, f.huge);
    printf("\"gorman\": [");
    for (unsigned k = 0; k < FRAGMENT_ORDERS; k++) {
        printf("%s%.4f", k == 0 ? "" : ", ", fragments_index(&f, k));
    }
    printf("], \"shorter\": [");
    for (unsigned k = 0; k < FRAGMENT_ORDERS; k++) {
        printf("%s%zu", k == 0 ? "" : ", ", f.shorter[k]);
    }
    printf("]}\n");
}

static bool
obey(const char *line) {
    char word[16], name[64];
    size_t number = 0, most = 0;
    if (sscanf(line, "%15s %63s %zu", word, name, &most) < 1) {
        return false;
    }
    number = strtoull(name, NULL, 10);
    if (strcmp(word, "start") == 0 && strchr(WORKLOADS, name[0]) != NULL) {
        start(name[0], most, host.touch);
    } else if (strcmp(word, "occupy") == 0) {
        host.occupied = (unsigned)number;
        printf("{}\n");
    } else if (strcmp(word, "run") == 0) {
        run(number, most);
    } else if (strcmp(word, "count") == 0) {
        count(number);
    } else if (strcmp(word, "dump") == 0) {
        CALLGRIND_DUMP_STATS_AT(name);
        printf("{}\n");
    } else if (strcmp(word, "look") == 0) {
        look();
    } else {
        return false;
    }
    fflush(stdout);
    return true;
}

int
main(int argc, char **argv) {
    char line[128];
    if (argc < 3 || !bench_choose(argv[2])) {
        fprintf(stderr, "usage: PAGES NAME [--touch]\n");
        return 2;
    }
    host.npages = strtoull(argv[1], NULL, 10);
    host.touch = argc > 3;
    map_memory();
    calibrate_clock();
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (!obey(line)) {
            fprintf(stderr, "not understood: %s", line);
            return 2;
        }
    }
    return 0;
}
