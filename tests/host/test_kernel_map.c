/*
 * test_kernel_map.c - kern/mm/kernel_map.c for images of any size and place, its tables read by
 * code of the test, and kern/mm/print_pgdir.c on what it built.
 */
#include "host_env.h"

#include "kernel_map.h"
#include "print_pgdir.h"
#include "printed.h"
#include "tlb.h"

#define FRAMES   8
#define PAGES(n) ((uintptr_t)(n) << PGSHIFT)

static struct Page frames[FRAMES];
static _Alignas(PGSIZE) char contents[FRAMES][PGSIZE];
static size_t taken;
static struct kernel_image image;

struct Page *pages = frames;
size_t nbase = 0x80000, npage = 0x80000 + FRAMES;
uint64_t va_pa_offset;

uintptr_t
image_to_pa(uintptr_t va) {
    panic("%#lx: on the host, tables are in no image", (unsigned long)va);
}

struct Page *
alloc_pages(size_t n) {
    return taken + n > FRAMES ? NULL : &frames[taken++];
}

void
free_pages(struct Page *base, size_t n) {
    panic("free of %p, %zu", (void *)base, n);
}

void
tlb_flush_all(void) {
}

void
tlb_flush_page(uintptr_t va) {
    (void)va;
}

/*
 * Text, constants, and data before and behind the stacks, of so many pages each; the first ends
 * with a page that is not full.
 */
static void
build(uintptr_t pa, size_t text, size_t rodata, size_t data) {
    uintptr_t at = IMAGE_BASE;
    image = (struct kernel_image){.start = at, .text_end = at + PAGES(text) - 123, .pa = pa};
    at += PAGES(text + rodata);
    image.rodata_end = at;
    at += PAGES(data);
    for (size_t i = 0; i < KERNEL_STACKS; i++) {
        static const char *const names[] = {"s1", "s2", "s3"}, *const guards[] = {"g1", "g2", "g3"};
        uintptr_t top = at + PAGES(2 + i);
        image.stack[i] = (struct kernel_stack){names[i], guards[i], at, at + PGSIZE, top};
        at = top;
    }
    image.used_end = at + PAGES(data);
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    taken = 0;
    printed[0] = '\0';
    kernel_map_init(&image);
}

/* The leaf for `va`, as the hardware finds it, or 0; and in *size what it maps. */
static uint64_t
leaf_at(uintptr_t va, size_t *size) {
    const uint64_t *table = boot_pgdir;
    for (unsigned level = 0;; level++) {
        uint64_t e = table[va >> (30 - 9 * level) & 511];
        *size = (size_t)1 << (30 - 9 * level);
        if ((e & 1) == 0) {
            return 0;
        }
        if ((e & 14) != 0) {
            assert_int_equal((e >> 10 << 12) % *size, 0);
            return e;
        }
        assert_true(level < 2);
        assert_int_equal(e & 0xf0, PTE_G);
        table = (const uint64_t *)((e >> 10 << 12) + va_pa_offset);
    }
}

/* The permission that the page at `va` must have; every bound is the test's own. */
static uint64_t
right_perm(uintptr_t va) {
    uintptr_t text_end = (image.text_end + PGSIZE - 1) / PGSIZE * PGSIZE;
    if (va < IMAGE_BASE) {
        uintptr_t pa = va - LINEAR_BASE;
        bool constant = pa >= image.pa && pa < image.pa + (image.rodata_end - image.start);
        return constant ? PTE_R : PTE_R | PTE_W;
    }
    for (size_t i = 0; i < KERNEL_STACKS; i++) {
        if (va >= image.stack[i].guard && va < image.stack[i].base) {
            return 0;
        }
    }
    return va < text_end ? PTE_R | PTE_X : va < image.rodata_end ? PTE_R : PTE_R | PTE_W;
}

/* Walk [from, end) leaf by leaf; the number of leaves. */
static size_t
check_range(uintptr_t from, uintptr_t end, uintptr_t to_pa) {
    size_t n = 0, size;
    for (uintptr_t va = from; va < end; va += size, n++) {
        uint64_t leaf = leaf_at(va, &size);
        uint64_t perm = right_perm(va);
        assert_int_equal(leaf & PTE_RWX, perm);
        if (leaf == 0) {
            size = PGSIZE;
            continue;
        }
        assert_int_equal(leaf & 0xf1, PTE_V | PTE_A | PTE_D | PTE_G);
        assert_int_equal(leaf >> 10 << 12, va + to_pa);
        assert_int_equal(va % size, 0);
        assert_int_equal(right_perm(va + size - PGSIZE), perm);
        assert_true(va + size <= end);
    }
    return n;
}

/* No table holds what one leaf of the level above could: a piece of its own name is whole. */
static void
check_that_leaves_are_large(uintptr_t from, uintptr_t end) {
    for (unsigned level = 0; level < 2; level++) {
        size_t whole = (size_t)1 << (30 - 9 * level);
        uintptr_t va = (from - 1) / whole * whole + whole; /* 0: none before the end of addresses */
        for (; va >= from && va + whole - 1 < end; va += whole) {
            size_t size, same = 0;
            uint64_t first = leaf_at(va, &size);
            if (size >= whole || PTE_ADDR(first) % whole != 0 ||
                kernel_map_segment(va) != kernel_map_segment(va + whole - 1)) {
                continue;
            }
            for (size_t part = whole / 512; same < 512; same++) {
                uint64_t leaf = leaf_at(va + same * part, &size);
                if (size != part || leaf == 0 || (leaf & PTE_RWX) != (first & PTE_RWX)) {
                    break;
                }
            }
            assert_true(same < 512);
        }
    }
}

/* What is mapped is in a piece, and pieces follow each other. */
static void
check_segments(void) {
    size_t n;
    const struct kernel_segment *s = kernel_map_segments(&n);
    for (size_t i = 0; i < n; i++) {
        uintptr_t from = s[i].va < IMAGE_BASE ? LINEAR_BASE : IMAGE_BASE - image.pa;
        assert_int_equal(s[i].va - s[i].pa, from);
        assert_true(i == 0 || s[i - 1].va + s[i - 1].size == s[i].va || s[i].va == IMAGE_BASE);
    }
    assert_int_equal(s[n - 1].va + s[n - 1].size, image.used_end);
}

static void
check_map(void) {
    size_t size;
    check_segments();
    check_range(LINEAR_BASE, LINEAR_BASE + ((uintptr_t)LINEAR_GIGS << 30), -(uintptr_t)LINEAR_BASE);
    check_range(IMAGE_BASE, image.used_end, image.pa - image.start);
    check_that_leaves_are_large(LINEAR_BASE, IMAGE_BASE);
    check_that_leaves_are_large(IMAGE_BASE, image.used_end);
    for (uintptr_t i = 0; i < 256; i++) {
        assert_int_equal(leaf_at(i << 30, &size), 0);
    }
    assert_int_equal(leaf_at(IMAGE_BASE - PGSIZE, &size), 0);
    assert_int_equal(leaf_at(image.used_end, &size), 0);
    assert_int_equal(leaf_at(UINTPTR_MAX, &size), 0);
}

static void
every_page_of_any_image_has_its_permission_in_both_maps(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 60; i++) {
        uint64_t r = host_random(&random);
        size_t most = i % 3 == 0 ? 1200 : 100;
        build((i % 2 == 0 ? 511 : 1 + (r >> 8) % 100000) << 21, 1 + (r >> 32) % most,
              (r >> 40) % most, (r >> 48) % most);
        check_map();
    }
}

static void
sizes_that_end_at_a_large_page_take_one(void **state) {
    (void)state;
    size_t size;
    build(0x80200000, 512, 1024, 512);
    check_map();
    assert_int_equal(leaf_at(IMAGE_BASE, &size) & PTE_RWX, PTE_R | PTE_X);
    assert_int_equal(size, 2 << 20);
    leaf_at(LINEAR_BASE + 0x80600000, &size);
    assert_int_equal(size, 2 << 20);
    build(0xbfe00000, 512, 0, 512); /* text ends with its GiB */
    check_map();
}

/* Pages, wherever what is large in one of the two is not in the other. */
static void
an_image_that_does_not_begin_with_a_large_page_is_mapped_as_well(void **state) {
    (void)state;
    build(0x7fc01000, 1100, 100, 100);
    check_map();
}

/* Each piece ends in another large page; constants and stacks go beyond a GiB, and a large page. */
static void
the_tables_are_enough_for_every_image_and_no_more_are_used(void **state) {
    (void)state;
    build(0x7fc00000, 600, 600, 844);
    check_map();
    expect_panic(build(0x7fc01000, 600, 600, 500), "ntables < TABLES");
}

static void
an_image_beyond_the_linear_map_is_a_panic(void **state) {
    (void)state;
    expect_panic(build((uintptr_t)LINEAR_GIGS << 30, 9, 9, 9),
                 "loaded at 0x3fc0000000, beyond the linear map");
}

static void
print_pgdir_merges_what_is_alike_and_names_it(void **state) {
    (void)state;
    build(0x80200000, 10, 6, 4);
    struct Page *page = &frames[7];
    assert_int_equal(page_insert(boot_pgdir, page, 0x1000, PTE_R | PTE_U), 0);
    assert_int_equal(page_insert(boot_pgdir, page, 0x2000, PTE_R | PTE_U), 0);
    assert_int_equal(page_insert(boot_pgdir, page, 0x3000, PTE_R | PTE_W | PTE_U), 0);
    assert_int_equal(page_insert(boot_pgdir, page, 0x5000, PTE_R | PTE_W | PTE_U), 0);
    assert_int_equal(page_insert(boot_pgdir, page, 0x6000, PTE_X | PTE_U), 0);
    assert_int_equal(page_insert(boot_pgdir, page, 0xffffffffffffe000, PTE_R), 0);
    print_pgdir(boot_pgdir);
    assert_string_equal(
        strchr(printed, '\n') + 1,
        "0000000000001000..0000000000003000     8 KiB  R--U 4 KiB  user half\n"
        "0000000000003000..0000000000004000     4 KiB  RW-U 4 KiB  user half\n"
        "0000000000005000..0000000000006000     4 KiB  RW-U 4 KiB  user half\n"
        "0000000000006000..0000000000007000     4 KiB  --XU 4 KiB  user half\n"
        "ffffffc000000000..ffffffc080000000     2 GiB  RW-  1 GiB  linear map\n"
        "ffffffc080000000..ffffffc080200000     2 MiB  RW-  2 MiB  linear map\n"
        "ffffffc080200000..ffffffc08020a000    40 KiB  R--  4 KiB  kernel text in the linear map\n"
        "ffffffc08020a000..ffffffc080210000    24 KiB  R--  4 KiB  kernel rodata in the linear "
        "map\n"
        "ffffffc080210000..ffffffc080400000  1984 KiB  RW-  4 KiB  linear map\n"
        "ffffffc080400000..ffffffc0c0000000  1020 MiB  RW-  2 MiB  linear map\n"
        "ffffffc0c0000000..ffffffffc0000000   252 GiB  RW-  1 GiB  linear map\n"
        "ffffffffc0200000..ffffffffc020a000    40 KiB  R-X  4 KiB  kernel text\n"
        "ffffffffc020a000..ffffffffc0210000    24 KiB  R--  4 KiB  kernel rodata\n"
        "ffffffffc0210000..ffffffffc0214000    16 KiB  RW-  4 KiB  kernel data\n"
        "ffffffffc0214000..ffffffffc0215000     4 KiB  ---         g1\n"
        "ffffffffc0215000..ffffffffc0216000     4 KiB  RW-  4 KiB  s1\n"
        "ffffffffc0216000..ffffffffc0217000     4 KiB  ---         g2\n"
        "ffffffffc0217000..ffffffffc0219000     8 KiB  RW-  4 KiB  s2\n"
        "ffffffffc0219000..ffffffffc021a000     4 KiB  ---         g3\n"
        "ffffffffc021a000..ffffffffc021d000    12 KiB  RW-  4 KiB  s3\n"
        "ffffffffc021d000..ffffffffc0221000    16 KiB  RW-  4 KiB  kernel data\n"
        "ffffffffffffe000..fffffffffffff000     4 KiB  R--  4 KiB  kernel half\n");
}

static void
an_address_is_described_by_its_piece_and_permission(void **state) {
    (void)state;
    static const struct {
        uintptr_t va;
        const char *words;
    } cases[] = {{IMAGE_BASE, "kernel text, R-X"},
                 {IMAGE_BASE + PAGES(10) - 1, "kernel text, R-X"},
                 {IMAGE_BASE + PAGES(10), "kernel rodata, R--"},
                 {IMAGE_BASE + PAGES(20), "g1, not mapped"},
                 {LINEAR_BASE + 0x80200000, "kernel text in the linear map, R--"},
                 {LINEAR_BASE, "linear map, RW-"},
                 {0, "NULL, not mapped"},
                 {PGSIZE, "user half, not mapped"},
                 {IMAGE_BASE - 1, "kernel half, not mapped"},
                 {KSTACK_AREA - 1, "kernel half, not mapped"},
                 {KSTACK_AREA, "guard page below a kernel stack, not mapped"},
                 {KSTACK_AREA + PGSIZE, "kernel stack, not mapped"},
                 {KSTACK_AREA + KSTACK_SLOT - 1, "kernel stack, not mapped"},
                 {KSTACK_AREA + KSTACK_SLOT, "guard page below a kernel stack, not mapped"},
                 {KSTACK_AREA + (uintptr_t)KSTACKS * KSTACK_SLOT, "kernel half, not mapped"},
                 {LINEAR_BASE - 1, "no address of Sv39, not mapped"}};
    char text[80];
    build(0x80200000, 10, 6, 4);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        pgdir_describe(boot_pgdir, cases[i].va, text, sizeof(text));
        assert_string_equal(text, cases[i].words);
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_of_any_image_has_its_permission_in_both_maps),
        cmocka_unit_test(sizes_that_end_at_a_large_page_take_one),
        cmocka_unit_test(an_image_that_does_not_begin_with_a_large_page_is_mapped_as_well),
        cmocka_unit_test(the_tables_are_enough_for_every_image_and_no_more_are_used),
        cmocka_unit_test(an_image_beyond_the_linear_map_is_a_panic),
        cmocka_unit_test(print_pgdir_merges_what_is_alike_and_names_it),
        cmocka_unit_test(an_address_is_described_by_its_piece_and_permission),
    };
    return host_test_main("kernel_map", tests, ARRAY_SIZE(tests), argc, argv);
}
