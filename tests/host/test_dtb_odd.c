/* test_dtb_odd.c - kern/driver/dtb*.c: what is odd in a tree, but can be passed over. */
#include "dtb_check.h"

static struct builder b;
static struct machine m;

static void
odd_ranges_are_passed_over_with_a_warning(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "memory@1000");
    prop_words(&b, "reg",
               WORDS(0, 0x1000, 0, 0, 0xffffffff, 0xfffff000, 0, 0x1000, 0, 0x5000, 0, 0x1000, 7));
    end(&b);
    node(&b, "memory@2000");
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 2);
    assert_range(&m.memory.r[1], 0x5000, 0x6000);
    assert_int_equal(m.nwarnings, 4);
    assert_string_equal(m.warnings[0], "memory@1000: empty range at 0x1000: ignored");
    assert_string_equal(m.warnings[1],
                        "memory@1000: 0xfffffffffffff000 + 0x1000 overflows: ignored");
    assert_string_equal(m.warnings[2], "memory@1000: reg ends with 4 bytes too many: ignored");
    assert_string_equal(m.warnings[3], "memory@2000: memory without reg: ignored");
}

static void
the_last_byte_of_all_has_no_end_and_is_not_reserved(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    reservation(&b, UINT64_MAX, 1);
    reservation(&b, UINT64_MAX - 1, 2);

    read_good(&b, &m);

    assert_int_equal(m.reserved.n, 1);
    assert_range(&m.reserved.r[0], UINT64_MAX - 1, UINT64_MAX);
    assert_int_equal(m.nwarnings, 2);
}

static void
a_reserved_range_is_never_lost(void **state) {
    (void)state;
    tree_init(&b);
    root(&b);
    some_memory(&b);
    node(&b, "reserved-memory");
    prop_words(&b, "#address-cells", WORDS(2));
    prop_words(&b, "#size-cells", WORDS(2));
    node(&b, "top@0");
    prop_words(&b, "reg", WORDS(0xffffffff, 0xfffff000, 0, 0x2000));
    end(&b);
    for (uint32_t i = 0; i < MACHINE_RANGES; i++) {
        node(&b, "many");
        prop_words(&b, "reg", WORDS(0, 0x100000 + 0x2000 * i, 0, 0x1000));
        end(&b);
    }
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.reserved.n, MACHINE_RANGES);
    assert_range(&m.reserved.r[0], 0xfffffffffffff000, UINT64_MAX);
    uint64_t last = 0x100000 + 0x2000 * (MACHINE_RANGES - 1);
    assert_range(&m.reserved.r[MACHINE_RANGES - 1], last - 0x2000, last + 0x1000);
    assert_int_equal(m.nwarnings, 2);
    assert_non_null(strstr(m.warnings[0], "overflows: cut off"));
    assert_non_null(strstr(m.warnings[1], "reserved with all next to it"));
}

/* Memory below a root with these cells is not taken, but warned about. */
static void
assert_cells_refused(uint32_t address_cells, uint32_t size_cells, const char *text) {
    tree_init(&b);
    node(&b, "");
    prop_words(&b, "#address-cells", WORDS(address_cells));
    prop_words(&b, "#size-cells", WORDS(size_cells));
    node(&b, "memory");
    prop_words(&b, "reg", WORDS(0, 0, 0x1000));
    end(&b);
    end(&b);
    size_t size;
    uint8_t *blob = tree_finish(&b, &size);
    assert_non_null(read_copy(blob, size, &m));
    assert_true(m.nwarnings >= 1);
    assert_non_null(strstr(m.warnings[0], text));
    free(blob);
}

static void
cells_that_cannot_be_used_are_passed_over_with_a_warning(void **state) {
    (void)state;
    assert_cells_refused(3, 2, "addresses of 3 and sizes of 2 cells");
    assert_cells_refused(0, 0, "addresses of 0");
    assert_cells_refused(2, 3, "sizes of 3");
    assert_cells_refused(0xffffffff, 0xffffffff, "4294967295");
    assert_cells_refused(1, 0, "empty range");
}

static void
cell_counts_of_another_size_are_passed_over(void **state) {
    (void)state;
    root(&b);
    prop_words(&b, "#address-cells", WORDS(0, 1));
    prop(&b, "#size-cells", NULL, 0);
    some_memory(&b);

    read_good(&b, &m);

    assert_range(&m.memory.r[0], 0x80000000, 0x81000000);
    assert_int_equal(m.nwarnings, 2);
}

static void
numbers_of_an_odd_size_are_passed_over(void **state) {
    (void)state;
    for (size_t n = 0; n <= 12; n++) {
        root(&b);
        some_memory(&b);
        node(&b, "cpus");
        prop(&b, "timebase-frequency", "\0\0\0\0\0\1\0\0\0\0\0\2", n);
        end(&b);
        read_good(&b, &m);
        assert_int_equal(m.timer_hz, n == 8 ? 0x10000 : 0);
        assert_int_equal(m.nwarnings, n != 8); /* 0 Hz is none either */
    }
}

static void
more_ranges_than_there_is_room_for_are_warned_about(void **state) {
    (void)state;
    root(&b);
    for (uint32_t i = 0; i < MACHINE_RANGES + 20; i++) {
        node(&b, "memory");
        prop_words(&b, "reg", WORDS(0, 0x2000 * i, 0, 0x1000));
        end(&b);
    }

    read_good(&b, &m);

    assert_int_equal(m.memory.n, MACHINE_RANGES);
    assert_range(&m.memory.r[MACHINE_RANGES - 1], 0x2000 * 63, 0x2000 * 63 + 0x1000);
    assert_int_equal(m.nwarnings, 20);
    assert_string_equal(m.warnings[7], "memory: no room for the range at 0x8e000: ignored");
}

static void
control_characters_do_not_get_into_warnings(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "memory@\033[31m\x9b\n");
    end(&b);

    read_good(&b, &m);

    assert_string_equal(m.warnings[0], "memory@?[31m??: memory without reg: ignored");
}

static void
a_thousand_nested_nodes_are_passed_over_with_one_warning(void **state) {
    (void)state;
    root(&b);
    for (int i = 0; i < 1000; i++) {
        node(&b, "deep");
        prop_words(&b, "#address-cells", WORDS(7));
        prop_text(&b, "compatible", "sifive,test0");
    }
    for (int i = 0; i < 1000; i++) {
        end(&b);
    }
    some_memory(&b);

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 1);
    assert_string_equal(m.warnings[0], "deep lies more than 16 nodes deep: ignored");
}

static void
the_deepest_node_with_a_frame_is_read_and_the_next_is_not(void **state) {
    (void)state;
    for (int depth = 15; depth <= 16; depth++) {
        root(&b);
        some_memory(&b);
        for (int i = 1; i < depth; i++) {
            node(&b, "bus");
        }
        node(&b, "test");
        prop_words(&b, "reg", WORDS(0, 0x100000, 0x1000));
        prop_text(&b, "compatible", "sifive,test0");
        for (int i = 0; i < depth; i++) {
            end(&b);
        }
        read_good(&b, &m);
        assert_int_equal(m.test_device, depth == 15 ? 0x100000 : 0);
        assert_int_equal(m.nwarnings, depth == 15 ? 0 : 1);
    }
}

static void
thousands_of_nodes_are_read(void **state) {
    (void)state;
    root(&b);
    node(&b, "cpus");
    for (int i = 0; i < 20000; i++) {
        node(&b, "cpu@0");
        prop_text(&b, "status", "okay");
        end(&b);
    }
    end(&b);
    some_memory(&b);

    read_good(&b, &m);

    assert_int_equal(m.nharts, 20000);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_ranges_are_passed_over_with_a_warning),
        cmocka_unit_test(the_last_byte_of_all_has_no_end_and_is_not_reserved),
        cmocka_unit_test(a_reserved_range_is_never_lost),
        cmocka_unit_test(cells_that_cannot_be_used_are_passed_over_with_a_warning),
        cmocka_unit_test(cell_counts_of_another_size_are_passed_over),
        cmocka_unit_test(numbers_of_an_odd_size_are_passed_over),
        cmocka_unit_test(more_ranges_than_there_is_room_for_are_warned_about),
        cmocka_unit_test(control_characters_do_not_get_into_warnings),
        cmocka_unit_test(a_thousand_nested_nodes_are_passed_over_with_one_warning),
        cmocka_unit_test(the_deepest_node_with_a_frame_is_read_and_the_next_is_not),
        cmocka_unit_test(thousands_of_nodes_are_read),
    };
    return host_test_main("dtb_odd", tests, ARRAY_SIZE(tests), argc, argv);
}
