/* monitor_bench.c - the monitor's command on what allocations cost. */
#include "bits.h"
#include "intr.h"
#include "monitor.h"
#include "page_init.h"
#include "pmm.h"
#include "riscv.h"
#include "stdio.h"
#include "string.h"
#include "workload.h"
#include "zone.h"

#define COUNTED      8192                /* requests, of courses that have no end */
#define MOST_COUNTED ((uint64_t)1 << 30) /* instructions: then a course is cut off */

static struct workload workload;

/* Of the functions measured: instructions of their calls, with arguments and return. */
static struct {
    struct workload_target target;
    uint64_t alloc, free;
} cost;

static struct Page *
counted_alloc(size_t n) {
    uint64_t start = read_csr(instret);
    struct Page *page = cost.target.alloc(n);
    cost.alloc += read_csr(instret) - start - 1;
    return page;
}

static void
counted_free(struct Page *base, size_t n) {
    uint64_t start = read_csr(instret);
    cost.target.free(base, n);
    cost.free += read_csr(instret) - start - 1;
}

/* To the course's end, or as far as its figures need. Interrupts cost instructions. */
static void
run_course(size_t requests) {
    while (workload.allocs + workload.frees < requests && cost.alloc + cost.free < MOST_COUNTED &&
           workload_plan(&workload, WORKLOAD_STEPS) > 0) {
        bool intr = intr_save();
        workload_run(&workload);
        intr_restore(intr);
    }
}

static void
print_each(const char *name, uint64_t instructions, size_t calls) {
    uint64_t tenths = calls == 0 ? 0 : (instructions * 10 + calls / 2) / calls;
    cprintf(" %s %lu.%lu", name, (unsigned long)(tenths / 10), (unsigned long)(tenths % 10));
}

/* ---- what it costs ------------------------------------------------------------------------- */

static void
bench(char id, struct workload_target target, struct workload_setup *setup) {
    setup->id = id;
    cost.target = target;
    workload_start(&workload, setup);
    cost.alloc = cost.free = 0;
    run_course(strchr("aALe", id) != NULL ? COUNTED : workload_length(id, setup->npages));
    cprintf("%c:", id);
    print_each("alloc", cost.alloc, workload.allocs);
    print_each("free", cost.free, workload.frees);
    cprintf(" instructions; %zu allocs, %zu refused, %zu frees%s\n", workload.allocs,
            workload.failed, workload.frees,
            cost.alloc + cost.free >= MOST_COUNTED ? "; cut off" : "");
    workload_end(&workload);
}

/* ---- where --------------------------------------------------------------------------------- */

/* The frames of the courses: 2^k in a row, from a multiple of FIELD_ALIGN on, that are in no grant.
 */
struct field {
    struct Page *base;
    size_t npages;
    struct Page *books;
    size_t nbooks;  /* pages */
    uint64_t *held; /* of each frame a bit: it is kept out of the courses' way */
};

#define FIELD_ALIGN 1024

static void
grow_field(struct field *field, struct Page *base, size_t n) {
    size_t before = ROUNDUP(page2ppn(base), FIELD_ALIGN) - page2ppn(base);
    if (n < before + WORKLOAD_LEAST) {
        return;
    }
    size_t npages = (size_t)1 << bit_highest(n - before);
    if (npages > field->npages) {
        field->base = base + before;
        field->npages = npages;
    }
}

static void
find_field(struct field *field) {
    const struct ranges *memory = &page_init_report()->free;
    for (size_t i = 0; i < memory->n; i++) {
        struct Page *p = pa2page(memory->r[i].base);
        size_t left = (memory->r[i].end - memory->r[i].base) >> PGSHIFT;
        while (left > 0) {
            size_t idle = zone_idle_run(p, left);
            grow_field(field, p, idle);
            size_t passed = idle < left ? idle + 1 : idle;
            p += passed;
            left -= passed;
        }
    }
}

static bool
in_field(const struct field *field, const struct Page *page) {
    return page >= field->base && page < field->base + field->npages;
}

/* Take every page, and give those of the field back. */
static void
clear_field(struct field *field, struct workload_target target) {
    struct Page *page;
    while ((page = target.alloc(1)) != NULL) {
        size_t i = (size_t)(page - pages);
        field->held[i / 64] |= (uint64_t)1 << i % 64;
    }
    for (size_t i = npage - nbase; i-- > 0;) {
        if (in_field(field, pages + i) && (field->held[i / 64] >> i % 64 & 1) != 0) {
            target.free(pages + i, 1);
        }
    }
}

/* And now all others. */
static void
leave_field(struct field *field, struct workload_target target) {
    for (size_t i = npage - nbase; i-- > 0;) {
        if (!in_field(field, pages + i) && (field->held[i / 64] >> i % 64 & 1) != 0) {
            target.free(pages + i, 1);
        }
    }
}

static bool
open_field(struct field *field) {
    size_t bits = ROUNDUP(npage - nbase, 64) / 8;
    *field = (struct field){.nbooks = (workload_bytes(npage - nbase) + bits) / PGSIZE + 1};
    field->books = alloc_pages(field->nbooks);
    if (field->books == NULL) {
        cprintf("bench: its books are %zu pages, and there are not so many in a row\n",
                field->nbooks);
        return false;
    }
    field->held = page2kva(field->books);
    memset(field->held, 0, bits);
    find_field(field);
    if (field->npages == 0) {
        cprintf("bench: no %d pages in a row are free\n", WORKLOAD_LEAST);
        free_pages(field->books, field->nbooks);
    }
    return field->npages != 0;
}

static bool
bench_all(const char *ids, struct workload_target target, const char *through) {
    struct field field;
    if (!open_field(&field)) {
        return false;
    }
    struct workload_setup setup = {.target = {counted_alloc, counted_free},
                                   .base = field.base,
                                   .npages = field.npages,
                                   .memory = field.held + (npage - nbase + 63) / 64};
    cprintf("bench: policy %s%s, %zu pages\n", pmm_manager->name, through, setup.npages);
    clear_field(&field, target);
    for (const char *id = ids; *id != '\0'; id++) {
        bench(*id, target, &setup);
    }
    leave_field(&field, target);
    free_pages(field.books, field.nbooks);
    return true;
}

static int
cmd_bench(char **argv) {
    const char *ids = argv[1] == NULL ? WORKLOADS : argv[1];
    bool facade = argv[1] != NULL && argv[2] != NULL;
    for (const char *id = ids; *id != '\0'; id++) {
        if (strchr(WORKLOADS, *id) == NULL) {
            cprintf("bench: '%c' is no course; there are %s\n", *id, WORKLOADS);
            return MONITOR_FAILED;
        }
    }
    if (facade && strcmp(argv[2], "facade") != 0) {
        cprintf("bench: '%s' is unknown; there is 'facade'\n", argv[2]);
        return MONITOR_FAILED;
    }
    struct workload_target target = {pmm_manager->alloc_pages, pmm_manager->free_pages};
    if (facade) {
        target = (struct workload_target){alloc_pages, free_pages};
    }
    return bench_all(ids, target, facade ? " through the facade" : "") ? 0 : MONITOR_FAILED;
}

const struct monitor_command monitor_bench_commands[] = {
    {"bench", "[courses] [facade]", "instructions of an alloc and a free (with qemu -icount)", 0, 2,
     cmd_bench},
    {NULL, NULL, NULL, 0, 0, NULL},
};
