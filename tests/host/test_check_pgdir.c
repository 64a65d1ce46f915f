/* test_check_pgdir.c - kern/mm/check_pgdir.c on right page tables, with memory and without. */
#include "host_env.h"

#include "check_pgdir.h"
#include "stdio.h"
#include "tlb.h"

#define FRAMES 16

static struct Page frames[FRAMES];
static _Alignas(PGSIZE) char contents[FRAMES][PGSIZE];
static bool granted[FRAMES];
static size_t in_use, left; /* allocations that succeed */
static char printed[100];

struct Page *pages = frames;
size_t nbase = 0x80000, npage = 0x80000 + FRAMES;
uint64_t va_pa_offset;

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx: on the host, tables are in no image", (unsigned long)va);
}

struct Page *
alloc_pages(size_t n) {
    assert_int_equal(n, 1);
    for (size_t i = 0; left > 0 && i < FRAMES; i++) {
        if (!granted[i]) {
            granted[i] = true;
            in_use++;
            left--;
            return &frames[i];
        }
    }
    return NULL;
}

void
free_pages(struct Page *base, size_t n) {
    assert_true(n == 1 && granted[base - frames] && base->ref == 0);
    granted[base - frames] = false;
    in_use--;
}

void
zone_stat(struct zone_stat *stat) {
    *stat = (struct zone_stat){.requested = in_use};
}

void
tlb_flush_all(void) {
}

void
tlb_flush_page(uintptr_t va) {
    (void)va;
}

int
cprintf(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(printed, sizeof(printed), fmt, ap);
    va_end(ap);
    return n;
}

static void
start(size_t allocations) {
    static const struct kernel_image image = {.start = IMAGE_BASE,
                                              .text_end = IMAGE_BASE + PGSIZE,
                                              .rodata_end = IMAGE_BASE + 2 * PGSIZE,
                                              .used_end = IMAGE_BASE + 3 * PGSIZE,
                                              .pa = 0x80200000};
    struct kernel_image with_stacks = image;
    for (size_t i = 0; i < KERNEL_STACKS; i++) {
        with_stacks.stack[i].guard = with_stacks.stack[i].base = with_stacks.stack[i].top =
            image.rodata_end;
    }
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    kernel_map_init(&with_stacks);
    in_use = 0;
    left = allocations;
}

static void
check_pgdir_succeeds_and_gives_all_pages_back(void **state) {
    (void)state;
    start(SIZE_MAX);
    assert_int_equal(check_pgdir(), 0);
    assert_string_equal(printed, "check_pgdir() succeeded!\n");
    assert_int_equal(in_use, 0);
}

static void
wherever_memory_runs_out_check_pgdir_says_so_and_gives_all_pages_back(void **state) {
    (void)state;
    size_t n = 0;
    for (start(n); check_pgdir() != 0; start(++n)) {
        assert_string_equal(printed, "check_pgdir() was cut short: no memory\n");
        assert_int_equal(left, 0);
        assert_int_equal(in_use, 0);
    }
    assert_int_equal(n, 10); /* 2 pages, 2 + 1 + 2 tables; then a page and 2 tables */
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_pgdir_succeeds_and_gives_all_pages_back),
        cmocka_unit_test(wherever_memory_runs_out_check_pgdir_says_so_and_gives_all_pages_back),
    };
    return host_test_main("check_pgdir", tests, ARRAY_SIZE(tests), argc, argv);
}
