/* test_dtb.c - kern/driver/dtb*.c: the format, and the memory that sound trees speak of. */
#include "dtb_check.h"

static struct builder b;
static struct machine m;

static void
the_size_is_read_from_the_first_bytes(void **state) {
    (void)state;
    uint8_t *head = host_copy("\xd0\x0d\xfe\xed\0\0\x12\x34", 8);
    uint8_t *other = host_copy("\xd0\x0d\xfe\xee\0\0\x12\x34", 8);

    assert_int_equal(dtb_size(head), 0x1234);
    assert_int_equal(dtb_size(other), 8);

    free(head);
    free(other);
}

static void
the_trees_own_range_is_known(void **state) {
    (void)state;
    size_t size;
    root(&b);
    some_memory(&b);
    end(&b);
    uint8_t *blob = tree_finish(&b, &size);

    assert_null(read_copy(blob, size, &m));

    assert_range(&m.dtb, TREE_PA, TREE_PA + size);
    assert_int_equal(m.nwarnings, 0);
    free(blob);
}

static void
a_tree_need_not_be_aligned_nor_fill_its_memory(void **state) {
    (void)state;
    size_t size;
    root(&b);
    some_memory(&b);
    end(&b);
    uint8_t *blob = tree_finish(&b, &size);
    for (size_t shift = 1; shift < 8; shift++) {
        uint8_t *room = malloc(size + 16);
        memset(room, 0xff, size + 16);
        memcpy(room + shift, blob, size);
        assert_null(dtb_read(room + shift, size + 16 - shift, TREE_PA, &m));
        assert_range(&m.memory.r[0], 0x80000000, 0x81000000);
        assert_range(&m.dtb, TREE_PA, TREE_PA + size);
        free(room);
    }
    free(blob);
}

static void
version_16_without_a_structure_size_is_read(void **state) {
    (void)state;
    size_t size;
    root(&b);
    some_memory(&b);
    end(&b);
    uint8_t *blob = tree_finish(&b, &size);
    set32(blob + AT_VERSION, 16);
    set32(blob + AT_STRUCT_SIZE, 0xffffffff);

    assert_null(read_copy(blob, size, &m));

    assert_int_equal(m.memory.n, 1);
    free(blob);
}

static void
all_ranges_of_all_memory_nodes_are_found(void **state) {
    (void)state;
    root(&b);
    node(&b, "memory@90000000");
    prop_text(&b, "device_type", "memory");
    prop_words(&b, "reg", WORDS(0, 0x90000000, 0, 0x2000000, 1, 0, 2, 0x1000));
    end(&b);
    some_memory(&b);

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 3);
    assert_range(&m.memory.r[0], 0x90000000, 0x92000000);
    assert_range(&m.memory.r[1], 0x100000000, 0x300001000);
    assert_range(&m.memory.r[2], 0x80000000, 0x81000000);
    assert_int_equal(m.nwarnings, 0);
}

static void
memory_is_known_by_its_name_or_its_device_type(void **state) {
    (void)state;
    root(&b);
    node(&b, "memory@1000");
    prop_words(&b, "reg", WORDS(0, 0x1000, 0, 0x1000));
    end(&b);
    node(&b, "dram@3000");
    prop_words(&b, "reg", WORDS(0, 0x3000, 0, 0x1000));
    prop_text(&b, "device_type", "memory");
    end(&b);
    node(&b, "memory@5000");
    prop_text(&b, "device_type", "rom");
    prop_words(&b, "reg", WORDS(0, 0x5000, 0, 0x1000));
    end(&b);
    node(&b, "memory-controller@7000");
    prop_words(&b, "reg", WORDS(0, 0x7000, 0, 0x1000));
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 2);
    assert_range(&m.memory.r[0], 0x1000, 0x2000);
    assert_range(&m.memory.r[1], 0x3000, 0x4000);
}

static void
memory_below_another_node_is_not_main_memory(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "soc");
    node(&b, "memory@1000");
    prop_text(&b, "device_type", "memory");
    prop_words(&b, "reg", WORDS(0, 0x1000, 0x1000));
    end(&b);
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 1);
}

static void
memory_that_is_not_okay_is_left_out(void **state) {
    (void)state;
    const char *const status[] = {"disabled", "reserved", "fail", "okay", "ok"};
    root(&b);
    for (uint32_t i = 0; i < ARRAY_SIZE(status); i++) {
        node(&b, "memory");
        prop_words(&b, "reg", WORDS(0, 0x1000 * i, 0, 0x1000));
        prop_text(&b, "status", status[i]);
        end(&b);
    }

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 2);
    assert_range(&m.memory.r[0], 0x3000, 0x4000);
    assert_range(&m.memory.r[1], 0x4000, 0x5000);
    assert_int_equal(m.nwarnings, 0);
}

static void
cells_are_two_and_one_when_nothing_is_said(void **state) {
    (void)state;
    tree_init(&b);
    node(&b, "");
    node(&b, "memory@100000000");
    prop_words(&b, "reg", WORDS(1, 0x2000, 0x3000));
    end(&b);

    read_good(&b, &m);

    assert_range(&m.memory.r[0], 0x100002000, 0x100005000);
}

static void
one_address_cell_and_two_size_cells_are_read(void **state) {
    (void)state;
    tree_init(&b);
    node(&b, "");
    prop_words(&b, "#size-cells", WORDS(2));
    prop_words(&b, "#address-cells", WORDS(1));
    node(&b, "memory");
    prop_words(&b, "reg", WORDS(0x2000, 1, 0, 0x1000, 0, 0x800));
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.memory.n, 2);
    assert_range(&m.memory.r[0], 0x2000, 0x100002000);
    assert_range(&m.memory.r[1], 0x1000, 0x1800);
}

static void
children_of_reserved_memory_are_reserved(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "reserved-memory");
    prop_words(&b, "#address-cells", WORDS(1));
    prop_words(&b, "#size-cells", WORDS(1));
    prop(&b, "ranges", NULL, 0);
    node(&b, "mmode_resv0@80000000");
    prop_words(&b, "reg", WORDS(0x80000000, 0x40000, 0x80080000, 0x1000));
    prop(&b, "no-map", NULL, 0);
    end(&b);
    node(&b, "off@80100000");
    prop_text(&b, "status", "disabled");
    prop_words(&b, "reg", WORDS(0x80100000, 0x1000));
    end(&b);
    node(&b, "other@80200000");
    prop_text(&b, "status", "reserved");
    prop_words(&b, "reg", WORDS(0x80200000, 0x1000));
    end(&b);
    node(&b, "anywhere");
    prop_words(&b, "size", WORDS(0x1000));
    end(&b);
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.reserved.n, 3);
    assert_range(&m.reserved.r[0], 0x80000000, 0x80040000);
    assert_range(&m.reserved.r[1], 0x80080000, 0x80081000);
    assert_range(&m.reserved.r[2], 0x80200000, 0x80201000);
    assert_int_equal(m.nwarnings, 0);
}

static void
the_reservation_block_is_reserved(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    reservation(&b, 0x80001234, 0x10);
    reservation(&b, 0, 0x1000);
    reservation(&b, 0x180000000, 0x100000000);

    read_good(&b, &m);

    assert_int_equal(m.reserved.n, 3);
    assert_range(&m.reserved.r[0], 0x80001234, 0x80001244);
    assert_range(&m.reserved.r[1], 0, 0x1000);
    assert_range(&m.reserved.r[2], 0x180000000, 0x280000000);
}

static void
fillers_are_skipped_everywhere(void **state) {
    (void)state;
    tree_init(&b);
    put32(&b, NOP);
    node(&b, "");
    put32(&b, NOP);
    prop_words(&b, "#size-cells", WORDS(2));
    put32(&b, NOP);
    some_memory(&b);
    put32(&b, NOP);
    put32(&b, NOP);

    read_good(&b, &m);

    assert_range(&m.memory.r[0], 0x80000000, 0x81000000);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_size_is_read_from_the_first_bytes),
        cmocka_unit_test(the_trees_own_range_is_known),
        cmocka_unit_test(a_tree_need_not_be_aligned_nor_fill_its_memory),
        cmocka_unit_test(version_16_without_a_structure_size_is_read),
        cmocka_unit_test(all_ranges_of_all_memory_nodes_are_found),
        cmocka_unit_test(memory_is_known_by_its_name_or_its_device_type),
        cmocka_unit_test(memory_below_another_node_is_not_main_memory),
        cmocka_unit_test(memory_that_is_not_okay_is_left_out),
        cmocka_unit_test(cells_are_two_and_one_when_nothing_is_said),
        cmocka_unit_test(one_address_cell_and_two_size_cells_are_read),
        cmocka_unit_test(children_of_reserved_memory_are_reserved),
        cmocka_unit_test(the_reservation_block_is_reserved),
        cmocka_unit_test(fillers_are_skipped_everywhere),
    };
    return host_test_main("dtb", tests, ARRAY_SIZE(tests), argc, argv);
}
