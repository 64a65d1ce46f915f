/*
 * test_memranges.c - kern/mm/memranges.c against a map of a small window.
 *
 * The window is 64 pages of 4 units each, at the bottom, in the middle or at
 * the very top of the address space; the model is one flag a unit.
 */
#include "host_test.h"

#include "memranges.h"
#include "mmu.h"

#define NPAGES    64
#define PER_PAGE  4
#define NUNITS    (NPAGES * PER_PAGE)
#define UNIT      (PGSIZE / PER_PAGE)
#define TOP       (UINT64_MAX - NPAGES * (uint64_t)PGSIZE + 1) /* the window that ends at 2^64 */
#define LAST_PAGE (UINT64_MAX - PGSIZE + 1)

static const uint64_t windows[] = {0, 0x80000000, TOP};

static void
add(struct ranges *set, uint64_t base, uint64_t end) {
    assert_true(set->n < MACHINE_RANGES);
    set->r[set->n++] = (struct range){base, end};
}

/* The address of a unit; the end of the last one at the top is the highest there is. */
static uint64_t
address_of(uint64_t window, size_t unit) {
    uint64_t address = window + unit * UNIT;
    return address < window ? UINT64_MAX : address;
}

/* Page aligned, not empty, sorted, disjoint, not touching. */
static void
assert_canonical(const struct ranges *set) {
    for (size_t i = 0; i < set->n; i++) {
        assert_int_equal(set->r[i].base % PGSIZE, 0);
        assert_int_equal(set->r[i].end % PGSIZE, 0);
        assert_true(set->r[i].base < set->r[i].end);
        assert_true(i == 0 || set->r[i - 1].end < set->r[i].base);
    }
}

/* The set is exactly the pages of the window that are set in `expected`. */
static void
assert_pages(const struct ranges *set, uint64_t window, const bool *expected) {
    uint64_t bytes = 0;
    assert_canonical(set);
    for (size_t page = 0; page < NPAGES; page++) {
        uint64_t address = window + page * PGSIZE;
        bool found = false;
        for (size_t i = 0; i < set->n; i++) {
            found = found || (address >= set->r[i].base && address < set->r[i].end);
        }
        assert_int_equal(found, expected[page] && address != LAST_PAGE);
        bytes += found ? PGSIZE : 0;
    }
    assert_int_equal(memranges_bytes(set), bytes);
}

/* A few ranges at random, empty and reversed ones among them; their units in `map`. */
static void
random_ranges(uint64_t *random, uint64_t window, size_t n, struct ranges *set, bool *map) {
    for (size_t i = 0; i < n; i++) {
        size_t from = host_random(random) % (NUNITS + 1);
        size_t to = from + host_random(random) % 40;
        if (host_random(random) % 10 == 0) {
            to = from > 3 ? from - 3 : 0;
        }
        to = to > NUNITS ? NUNITS : to;
        add(set, address_of(window, from), address_of(window, to));
        for (size_t unit = from; unit < to; unit++) {
            map[unit] = true;
        }
    }
}

static void
usable_pages_agree_with_a_map_of_random_ranges(void **state) {
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 6000; round++) {
        uint64_t window = windows[round % 3];
        struct ranges memory = {0}, reserved = {0}, usable;
        bool have[NUNITS] = {false}, taken[NUNITS] = {false}, expected[NPAGES];
        random_ranges(&random, window, host_random(&random) % 12, &memory, have);
        random_ranges(&random, window, host_random(&random) % 8, &reserved, taken);
        for (size_t page = 0; page < NPAGES; page++) {
            expected[page] = true;
            for (size_t unit = page * PER_PAGE; unit < (page + 1) * PER_PAGE; unit++) {
                expected[page] = expected[page] && have[unit] && !taken[unit];
            }
        }

        assert_true(memranges_usable(&memory, &reserved, &usable));

        assert_pages(&usable, window, expected);
    }
}

static void
removed_pages_agree_with_a_map(void **state) {
    (void)state;
    uint64_t random = 8;
    for (int round = 0; round < 600; round++) {
        uint64_t window = windows[round % 3];
        struct ranges memory = {0}, none = {0}, set;
        bool expected[NPAGES];
        add(&memory, window, address_of(window, NUNITS));
        assert_true(memranges_usable(&memory, &none, &set));
        memset(expected, true, sizeof(expected));
        for (int step = 0; step < 12; step++) {
            size_t from = host_random(&random) % NUNITS;
            size_t to = from + host_random(&random) % 12;
            to = to > NUNITS ? NUNITS : to;

            assert_true(memranges_remove(&set, address_of(window, from), address_of(window, to)));

            for (size_t unit = from; unit < to; unit++) {
                expected[unit / PER_PAGE] = false;
            }
            assert_pages(&set, window, expected);
        }
    }
}

static void
memory_edges_are_rounded_inwards(void **state) {
    (void)state;
    struct ranges memory = {0}, none = {0}, usable;
    add(&memory, 0x80000001, 0x80004fff);

    assert_true(memranges_usable(&memory, &none, &usable));

    assert_int_equal(usable.n, 1);
    assert_int_equal(usable.r[0].base, 0x80001000);
    assert_int_equal(usable.r[0].end, 0x80004000);
}

static void
reserved_edges_are_rounded_outwards(void **state) {
    (void)state;
    struct ranges memory = {0}, reserved = {0}, usable;
    add(&memory, 0x80000000, 0x80004000);
    add(&reserved, 0x80001fff, 0x80002001);

    assert_true(memranges_usable(&memory, &reserved, &usable));

    assert_int_equal(usable.n, 2);
    assert_int_equal(usable.r[0].end, 0x80001000);
    assert_int_equal(usable.r[1].base, 0x80003000);
}

static void
a_page_made_of_two_ranges_is_usable(void **state) {
    (void)state;
    struct ranges memory = {0}, none = {0}, usable;
    add(&memory, 0x80001800, 0x80002000);
    add(&memory, 0x80001000, 0x80001800);

    assert_true(memranges_usable(&memory, &none, &usable));

    assert_int_equal(memranges_bytes(&usable), PGSIZE);
}

static void
page_zero_can_be_used_and_reserved(void **state) {
    (void)state;
    struct ranges memory = {0}, reserved = {0}, usable;
    uint64_t base = 1;
    add(&memory, 0, 2 * PGSIZE);

    assert_true(memranges_usable(&memory, &reserved, &usable));
    assert_true(memranges_find(&usable, 2 * PGSIZE, &base));
    assert_int_equal(base, 0);

    add(&reserved, 0, 1);
    assert_true(memranges_usable(&memory, &reserved, &usable));
    assert_true(memranges_find(&usable, 1, &base));
    assert_int_equal(base, PGSIZE);
}

static void
ends_near_2_to_the_64_do_not_wrap(void **state) {
    (void)state;
    struct ranges memory = {0}, reserved = {0}, usable;
    add(&memory, 0, UINT64_MAX);
    add(&reserved, UINT64_MAX - 2 * PGSIZE, UINT64_MAX);

    assert_true(memranges_usable(&memory, &reserved, &usable));

    assert_int_equal(usable.n, 1);
    assert_int_equal(usable.r[0].base, 0);
    assert_int_equal(usable.r[0].end, LAST_PAGE - 2 * PGSIZE);
    assert_true(memranges_remove(&usable, PGSIZE, UINT64_MAX));
    assert_int_equal(memranges_bytes(&usable), PGSIZE);
}

static void
memory_in_the_last_page_alone_is_not_usable(void **state) {
    (void)state;
    struct ranges memory = {0}, none = {0}, usable;
    add(&memory, UINT64_MAX - 100, UINT64_MAX);
    add(&memory, LAST_PAGE, UINT64_MAX);

    assert_true(memranges_usable(&memory, &none, &usable));

    assert_int_equal(usable.n, 0);
}

/* As many single pages as fit, every other one, from address 0. */
static void
fill_with_pages(struct ranges *set) {
    set->n = 0;
    for (uint64_t i = 0; i < MACHINE_RANGES; i++) {
        add(set, 2 * i * PGSIZE, (2 * i + 1) * PGSIZE);
    }
}

static void
the_highest_ranges_are_left_out_when_there_is_no_room(void **state) {
    (void)state;
    struct ranges memory = {0}, reserved, usable;
    fill_with_pages(&reserved);
    add(&memory, 0, 2 * MACHINE_RANGES * PGSIZE);
    add(&memory, 1000 * PGSIZE, 1001 * PGSIZE);

    assert_false(memranges_usable(&memory, &reserved, &usable));

    assert_canonical(&usable);
    assert_int_equal(usable.n, MACHINE_RANGES);
    assert_int_equal(usable.r[0].base, PGSIZE);
    assert_int_equal(usable.r[usable.n - 1].end, 2 * MACHINE_RANGES * PGSIZE);
}

static void
a_hole_in_a_full_set_costs_its_highest_range(void **state) {
    (void)state;
    struct ranges set;
    fill_with_pages(&set);
    set.r[0] = (struct range){0, PGSIZE};
    set.r[1] = (struct range){2 * PGSIZE, 3 * PGSIZE};
    for (size_t i = 1; i < set.n; i++) {
        set.r[i].base += 10 * PGSIZE;
        set.r[i].end += 10 * PGSIZE;
    }
    set.r[0].end = 5 * PGSIZE;
    uint64_t second_highest = set.r[set.n - 2].base;

    assert_false(memranges_remove(&set, 2 * PGSIZE, 3 * PGSIZE));

    assert_canonical(&set);
    assert_int_equal(set.n, MACHINE_RANGES);
    assert_int_equal(set.r[0].end, 2 * PGSIZE);
    assert_int_equal(set.r[1].base, 3 * PGSIZE);
    assert_int_equal(set.r[set.n - 1].base, second_highest);
}

static void
a_full_set_loses_nothing_when_no_piece_is_added(void **state) {
    (void)state;
    struct ranges set;
    fill_with_pages(&set);

    assert_true(memranges_remove(&set, PGSIZE, 2 * PGSIZE));
    assert_int_equal(set.n, MACHINE_RANGES);
    assert_true(memranges_remove(&set, 0, 1));
    assert_int_equal(set.n, MACHINE_RANGES - 1);
}

static void
removing_an_empty_or_reversed_range_changes_nothing(void **state) {
    (void)state;
    struct ranges set = {0};
    add(&set, 0, 4 * PGSIZE);

    assert_true(memranges_remove(&set, 5000, 5000));
    assert_true(memranges_remove(&set, 9000, 5000));

    assert_int_equal(set.n, 1);
    assert_int_equal(memranges_bytes(&set), 4 * PGSIZE);
}

static void
find_takes_the_lowest_place_that_is_large_enough(void **state) {
    (void)state;
    struct ranges set = {0};
    uint64_t base = 0;
    add(&set, 0x1000, 0x3000);
    add(&set, 0x8000, 0xc000);
    add(&set, 0x10000, 0x14000);

    assert_true(memranges_find(&set, 0x2000, &base));
    assert_int_equal(base, 0x1000);
    assert_true(memranges_find(&set, 0x2001, &base));
    assert_int_equal(base, 0x8000);
    assert_true(memranges_find(&set, 0x4000, &base));
    assert_int_equal(base, 0x8000);
    assert_false(memranges_find(&set, 0x4001, &base));
    assert_false(memranges_find(&set, UINT64_MAX, &base));
    assert_int_equal(base, 0x8000);
}

static void
an_empty_set_has_no_bytes_and_no_place(void **state) {
    (void)state;
    struct ranges set = {0};
    uint64_t base;

    assert_int_equal(memranges_bytes(&set), 0);
    assert_false(memranges_find(&set, 1, &base));
    assert_true(memranges_remove(&set, 0, UINT64_MAX));
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_pages_agree_with_a_map_of_random_ranges),
        cmocka_unit_test(removed_pages_agree_with_a_map),
        cmocka_unit_test(memory_edges_are_rounded_inwards),
        cmocka_unit_test(reserved_edges_are_rounded_outwards),
        cmocka_unit_test(a_page_made_of_two_ranges_is_usable),
        cmocka_unit_test(page_zero_can_be_used_and_reserved),
        cmocka_unit_test(ends_near_2_to_the_64_do_not_wrap),
        cmocka_unit_test(memory_in_the_last_page_alone_is_not_usable),
        cmocka_unit_test(the_highest_ranges_are_left_out_when_there_is_no_room),
        cmocka_unit_test(a_hole_in_a_full_set_costs_its_highest_range),
        cmocka_unit_test(a_full_set_loses_nothing_when_no_piece_is_added),
        cmocka_unit_test(removing_an_empty_or_reversed_range_changes_nothing),
        cmocka_unit_test(find_takes_the_lowest_place_that_is_large_enough),
        cmocka_unit_test(an_empty_set_has_no_bytes_and_no_place),
    };
    return host_test_main("memranges", tests, ARRAY_SIZE(tests), argc, argv);
}
