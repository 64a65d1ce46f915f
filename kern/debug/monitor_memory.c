/* monitor_memory.c - the monitor's commands on physical memory. */
#include "front_cache.h"
#include "memranges.h"
#include "monitor.h"
#include "page_init.h"
#include "riscv.h"
#include "stdio.h"
#include "string.h"
#include "trap.h"
#include "zone.h"

/*
 * What `alloc` holds. Each grant's own memory says so: of a descriptor, a file
 * from outside may use every field (house rule H2).
 */
struct held_grant {
    list_entry_t link;
    uint64_t id;
    struct Page *page;
};

static struct {
    list_entry_t grants; /* in the order they were made */
    uint64_t next_id;
} held = {{&held.grants, &held.grants}, 1};

/* A whole number above 0, decimal or 0x, from the command line; or 0 with a message. */
static size_t
number(const char *command, const char *text, const char *of_what) {
    char *end;
    long n = strtol(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    if (end == text || *end != '\0' || n <= 0 || n == INT64_MAX) {
        cprintf("%s: '%s' is not a number of %s\n", command, text, of_what);
        return 0;
    }
    return (size_t)n;
}

static void
print_range(const char *what, struct range r) {
    cprintf("%-13s %#12lx..%#-12lx %8lu KiB\n", what, (unsigned long)r.base, (unsigned long)r.end,
            (unsigned long)((r.end - r.base) >> 10));
}

static int
cmd_mem(char **argv) {
    (void)argv;
    const struct memory_report *r = page_init_report();
    for (size_t i = 0; i < r->free.n; i++) {
        print_range("given", r->free.r[i]);
    }
    for (size_t i = 0; i < r->nregions; i++) {
        print_range(r->regions[i].name, r->regions[i].at);
    }
    cprintf("%lu KiB found, %lu KiB given to the policy", (unsigned long)(r->found >> 10),
            (unsigned long)(memranges_bytes(&r->free) >> 10));
    if (r->unreachable != 0) {
        cprintf(", %lu KiB out of reach (above %d GiB, or no room to describe them)",
                (unsigned long)(r->unreachable >> 10), LINEAR_GIGS);
    }
    cprintf("\n%zu descriptors of %zu bytes: pages %#zx..%#zx\n", npage - nbase,
            sizeof(struct Page), nbase, npage);
    return 0;
}

static int
cmd_pmm(char **argv) {
    (void)argv;
    for (size_t i = 0; i < pmm_npolicies; i++) {
        cprintf("%s %s\n", pmm_policies[i] == pmm_policy() ? "*" : " ", pmm_policies[i]->name);
    }
    if (pmm_policy() == pmm_find(PMM_DROPIN)) {
        cprintf("* %s, linked in from a file\n", pmm_manager->name);
    }
    cprintf("boot with pmm=NAME for another\n");
    return 0;
}

static void
print_block(struct Page *head, size_t n, void *arg) {
    (void)arg;
    cprintf("  %#zx +%zu\n", page2ppn(head), n);
}

static int
cmd_dump(char **argv) {
    (void)argv;
    cprintf("free blocks of %s, by page number\n", pmm_manager->name);
    if (pmm_manager->dump_list != NULL) {
        pmm_manager->dump_list();
    } else {
        pmm_for_each_free(print_block, NULL);
    }
    return 0;
}

static int
cmd_alloc(char **argv) {
    size_t n = number("alloc", argv[1], "pages");
    if (n == 0) {
        return MONITOR_FAILED;
    }
    struct Page *page = alloc_pages(n);
    if (page == NULL) {
        cprintf("alloc: no %zu pages in one piece; %zu are free\n", n, nr_free_pages());
        return MONITOR_FAILED;
    }
    struct held_grant *grant = page2kva(page);
    grant->id = held.next_id++;
    grant->page = page;
    list_add_before(&held.grants, &grant->link);
    size_t granted = pmm_manager->grant == NULL ? n : pmm_manager->grant(n);
    cprintf("#%lu: %zu pages at page %#zx, address %#lx", (unsigned long)grant->id, n,
            page2ppn(page), (unsigned long)page2pa(page));
    if (granted != n) {
        cprintf(" (%zu granted)", granted);
    }
    cprintf("\n");
    return 0;
}

/* What was taken by `alloc` and has this page in it is on the list no longer. */
static void
forget_grant_of(const struct Page *page) {
    list_for_each (le, &held.grants) {
        struct Page *head = to_struct(le, struct held_grant, link)->page;
        if (page >= head && page < head + zone_grant_length(head)) {
            list_del(le);
            return;
        }
    }
}

/* Any pages at all: whether they may be freed is for the facade to say. */
static int
free_by_page(const char *first, const char *length) {
    size_t ppn = number("free", first, "a page");
    size_t n = ppn == 0 ? 0 : number("free", length, "pages");
    if (n == 0) {
        return MONITOR_FAILED;
    }
    if (ppn < nbase || ppn >= npage) {
        cprintf("free: there is no page %#zx; they are %#zx..%#zx\n", ppn, nbase, npage);
        return MONITOR_FAILED;
    }
    struct Page *page = &pages[ppn - nbase];
    forget_grant_of(page);
    free_pages(page, n);
    cprintf("%zu pages freed at page %#zx\n", n, ppn);
    return 0;
}

static int
cmd_free(char **argv) {
    if (argv[2] != NULL) {
        return free_by_page(argv[1], argv[2]);
    }
    size_t id = number("free", argv[1][0] == '#' ? argv[1] + 1 : argv[1], "an allocation");
    if (id == 0) {
        return MONITOR_FAILED;
    }
    list_for_each (le, &held.grants) {
        struct held_grant *grant = to_struct(le, struct held_grant, link);
        if (grant->id == id) {
            struct Page *page = grant->page;
            size_t n = zone_grant_length(page);
            list_del(le);
            free_pages(page, n);
            cprintf("#%zu: %zu pages freed at page %#zx\n", id, n, page2ppn(page));
            return 0;
        }
    }
    cprintf("free: there is no allocation #%zu\n", id);
    return MONITOR_FAILED;
}

/*
 * Take every free page, one at a time, and give them all back, the lowest one
 * first. The facade sees to it that no page comes twice.
 */
static int
cmd_drain(char **argv) {
    (void)argv;
    size_t before = nr_free_pages();
    size_t taken = 0;
    struct page_map *mine = zone_blank_map();
    for (struct Page *page = alloc_page(); page != NULL; page = alloc_page()) {
        page_map_set(mine, (size_t)(page - pages), 1, PAGE_LIVE);
        taken++;
    }
    size_t left = nr_free_pages();
    for (size_t i = 0; i < mine->n; i++) {
        if (page_map_get(mine, i) == PAGE_LIVE) {
            free_page(&pages[i]);
        }
    }
    size_t after = nr_free_pages();
    cprintf("drain: of %zu free pages %zu were taken one by one and freed again, %zu are free\n",
            before, taken, after);
    if (left == 0 && taken == before && after == before) {
        return 0;
    }
    cprintf("drain: %zu pages were free and could not be had\n", left);
    return MONITOR_FAILED;
}

/* Print part / whole with two decimals, or per cent with one. */
static void
print_ratio(size_t part, size_t whole) {
    size_t hundredths = whole == 0 ? 100 : part * 100 / whole;
    cprintf("%zu.%02zu", hundredths / 100, hundredths % 100);
}

static void
print_percent(size_t part, size_t whole) {
    size_t tenths = whole == 0 ? 0 : part * 1000 / whole;
    cprintf("%3zu.%zu %%", tenths / 10, tenths % 10);
}

/* Free memory by block size, and how much of it a request of each size cannot use. */
static void
print_free_orders(const struct free_summary *s) {
    size_t smaller = 0; /* free pages in blocks below this order */
    cprintf("  blocks of, pages    how many   in all   free memory in smaller blocks\n");
    for (size_t k = 0; k < FREE_ORDERS; k++) {
        if (s->order_blocks[k] == 0) {
            continue;
        }
        cprintf("  %8zu.. %15zu %8zu   ", (size_t)1 << k, s->order_blocks[k], s->order_pages[k]);
        print_percent(smaller, s->pages);
        cprintf("\n");
        smaller += s->order_pages[k];
    }
}

static void
print_front_cache(void) {
    struct front_cache_stat s;
    if (pmm_manager->under != NULL) {
        front_cache_stat(&s);
        cprintf("cache     %zu of %d pages, which count as free; %lu hits, %lu drains\n", s.pages,
                FRONT_CACHE_PAGES, (unsigned long)s.hits, (unsigned long)s.drains);
    }
}

static void
print_if_armed(const struct fail *fail) {
    if (fail->nth != 0) {
        print_fail(fail);
    }
}

static int
cmd_stat(char **argv) {
    (void)argv;
    struct zone_stat stat;
    struct free_summary summary;
    zone_stat(&stat);
    pmm_free_summary(&summary);
    bool tells = pmm_manager->grant != NULL;
    cprintf("managed   %zu pages: %zu free + %zu granted + %zu %s\n", stat.managed, stat.free,
            stat.granted, stat.overhead, tells ? "overhead" : "rounding or overhead");
    if (stat.managed < stat.given) {
        cprintf("unmanaged %zu pages, which this policy was given and does not use\n",
                stat.given - stat.managed);
    }
    if (tells) {
        cprintf("requested %zu pages; granted/requested ", stat.requested);
        print_ratio(stat.granted, stat.requested);
        cprintf(", %zu lost to rounding\n", stat.granted - stat.requested);
    }
    cprintf("calls     %lu granted, %lu refused, %lu freed; at most %zu pages granted at once\n",
            (unsigned long)stat.grants, (unsigned long)stat.refused, (unsigned long)stat.frees,
            stat.peak);
    print_front_cache();
    cprintf("free      %zu blocks, the largest of %zu pages%s\n", summary.blocks, summary.largest,
            pmm_shows_free() ? "" : " (runs of pages in no grant: this policy marks no blocks)");
    print_free_orders(&summary);
    print_if_armed(fail_page);
    print_if_armed(fail_slab);
    return 0;
}

static int
cmd_check(char **argv) {
    (void)argv;
    if (!trap_check()) {
        cprintf("check: a register did not survive a timer interrupt\n");
        return MONITOR_FAILED;
    }
    const char *broken = pmm_audit();
    if (broken != NULL) {
        cprintf("check: policy %s broke %s\n", pmm_manager->name, broken);
        return MONITOR_FAILED;
    }
    if (pmm_manager->basic_check != NULL) {
        zone_raw(true);
        pmm_manager->basic_check();
        zone_raw(false);
        broken = pmm_audit();
    }
    if (broken != NULL) {
        cprintf("check: after basic_check, policy %s broke %s\n", pmm_manager->name, broken);
        return MONITOR_FAILED;
    }
    if (pmm_manager->basic_check == NULL) { /* a file from outside; its check wants empty memory */
        cprintf("check: the policy's own check %s\n", zone_self_checked() ? "ran at boot and passed"
                                                      : pmm_manager->check == NULL
                                                          ? "does not exist"
                                                          : "was left out at boot (checks=off)");
    }
    cprintf("check: %sall pages accounted for\n",
            pmm_manager->for_each_free == NULL ? "" : "every free block audited, ");
    return 0;
}

/* Instructions of alloc(1) and give(page, 1), with their arguments and their return. */
struct page_cost {
    uint64_t alloc, give;
};

/* The least of some: a timer interrupt counts too. False: no page could be had. */
static bool
page_cost(struct page_cost *cost, struct Page *(*alloc)(size_t n),
          void (*give)(struct Page *base, size_t n)) {
    *cost = (struct page_cost){UINT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < 8; i++) {
        uint64_t start = read_csr(instret);
        struct Page *page = alloc(1);
        uint64_t taken = read_csr(instret);
        if (page == NULL) {
            return false;
        }
        uint64_t before = read_csr(instret);
        give(page, 1);
        uint64_t end = read_csr(instret);
        cost->alloc = taken - start - 1 < cost->alloc ? taken - start - 1 : cost->alloc;
        cost->give = end - before - 1 < cost->give ? end - before - 1 : cost->give;
    }
    return true;
}

static int
cmd_page(char **argv) {
    if (strcmp(argv[1], "cost") != 0) {
        cprintf("page: '%s' is unknown; there is page cost\n", argv[1]);
        return MONITOR_FAILED;
    }
    struct page_cost all, own;
    bool had = page_cost(&all, alloc_pages, free_pages);
    assert((read_csr(sstatus) & SSTATUS_SIE) != 0); /* as at the prompt: the lock gave them back */
    zone_raw(true);
    had = had && page_cost(&own, pmm_manager->alloc_pages, pmm_manager->free_pages);
    zone_raw(false);
    if (!had) {
        cprintf("page: no memory\n");
        return MONITOR_FAILED;
    }
    cprintf("alloc_page %lu instructions, free_page %lu; of the policy's own %lu and %lu "
            "(exact only with qemu -icount)\n",
            (unsigned long)all.alloc, (unsigned long)all.give, (unsigned long)own.alloc,
            (unsigned long)own.give);
    return 0;
}

const struct monitor_command monitor_memory_commands[] = {
    {"mem", "", "memory found, reserved, given to the policy", 0, 0, cmd_mem},
    {"pmm", "", "the policies, and the one in use", 0, 0, cmd_pmm},
    {"dump", "", "the free lists of the policy", 0, 0, cmd_dump},
    {"map", "", "memory drawn as characters", 0, 0, cmd_map},
    {"alloc", "pages", "take pages; says under which number", 1, 1, cmd_alloc},
    {"free", "id|page n", "give back what alloc took, or any n pages", 1, 2, cmd_free},
    {"drain", "", "take every free page, one by one, and give all back", 0, 0, cmd_drain},
    {"page", "cost", "instructions of alloc_page and free_page", 1, 1, cmd_page},
    {"stat", "", "what is granted, what is free, and in which pieces", 0, 0, cmd_stat},
    {"check", "", "audit every free block, then the textbook check", 0, 0, cmd_check},
    {NULL, NULL, NULL, 0, 0, NULL},
};
