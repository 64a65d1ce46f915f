/*
 * test_dtb_hostile.c - kern/driver/dtb*.c: trees that are cut, damaged, or made to
 * mislead. The sanitizers see to it that no read leaves the tree.
 */
#include "dtb_check.h"

static struct builder b;
static struct machine m;

/* A tree with a bit of everything, in memory that the caller frees. */
static uint8_t *
rich_tree(size_t *size) {
    root(&b);
    reservation(&b, 0x80001000, 0x1000);
    prop_text(&b, "model", "virt");
    node(&b, "chosen");
    prop_text(&b, "bootargs", "run=off");
    prop_words(&b, "linux,initrd-start", WORDS(0x84000000));
    prop_words(&b, "linux,initrd-end", WORDS(0, 0x84001000));
    end(&b);
    some_memory(&b);
    node(&b, "reserved-memory");
    prop_words(&b, "#address-cells", WORDS(2));
    prop_words(&b, "#size-cells", WORDS(1));
    node(&b, "mmode_resv0");
    prop_words(&b, "reg", WORDS(0, 0x80000000, 0x40000));
    end(&b);
    end(&b);
    node(&b, "cpus");
    prop_words(&b, "timebase-frequency", WORDS(10000000));
    node(&b, "cpu@0");
    prop_text(&b, "status", "okay");
    end(&b);
    end(&b);
    node(&b, "test@100000");
    prop_words(&b, "reg", WORDS(0, 0x100000, 0, 0x1000));
    prop(&b, "compatible", "sifive,test1\0sifive,test0", 26);
    end(&b);
    end(&b);
    return tree_finish(&b, size);
}

static void
a_tree_that_is_cut_short_is_refused_at_every_length(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    assert_null(read_copy(blob, size, &m));

    for (size_t n = 0; n < size; n++) {
        assert_non_null(read_copy(blob, n, &m));
    }

    free(blob);
}

static void
a_cut_tree_that_lies_about_its_size_is_refused_at_every_length(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    for (uint32_t version = 16; version <= 17; version++) {
        set32(blob + AT_VERSION, version);
        for (size_t n = TREE_HEADER; n < size; n++) {
            set32(blob + AT_TOTALSIZE, (uint32_t)n);
            assert_non_null(read_copy(blob, n, &m));
        }
    }
    free(blob);
}

static void
a_structure_block_that_is_cut_short_is_refused_at_every_length(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    uint32_t length = get32(blob + AT_STRUCT_SIZE);
    for (uint32_t n = 0; n < length; n++) {
        set32(blob + AT_STRUCT_SIZE, n);
        assert_non_null(read_copy(blob, size, &m));
    }
    free(blob);
}

static void
a_strings_block_that_is_cut_short_is_refused_at_every_length(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    uint32_t length = get32(blob + AT_STRINGS_SIZE);
    for (uint32_t n = 0; n < length; n++) {
        set32(blob + AT_STRINGS_SIZE, n);
        assert_non_null(read_copy(blob, size, &m));
    }
    free(blob);
}

static void
any_byte_may_be_wrong(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    for (size_t i = 0; i < size; i++) {
        uint8_t right = blob[i];
        const uint8_t wrong[] = {0, 1, 2, 3, 4, 9, 0x7f, 0x80, 0xff, right ^ 0x10};
        for (size_t k = 0; k < ARRAY_SIZE(wrong); k++) {
            blob[i] = wrong[k];
            read_copy(blob, size, &m);
        }
        blob[i] = right;
    }
    free(blob);
}

static void
any_word_may_be_wrong(void **state) {
    (void)state;
    const uint32_t wrong[] = {0, 1, 3, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffff0, 0xffffffff};
    size_t size;
    uint8_t *blob = rich_tree(&size);
    for (size_t i = 0; i + 4 <= size; i += 4) {
        uint32_t right = get32(blob + i);
        for (size_t k = 0; k < ARRAY_SIZE(wrong); k++) {
            set32(blob + i, wrong[k]);
            read_copy(blob, size, &m);
        }
        for (uint32_t n = 0; n < size + 8; n += 4) {
            set32(blob + i, n);
            read_copy(blob, size, &m);
        }
        set32(blob + i, right);
    }
    free(blob);
}

static void
many_bytes_may_be_wrong_at_once(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    uint64_t random = 3;
    for (int round = 0; round < 20000; round++) {
        uint8_t *copy = host_copy(blob, size);
        for (uint64_t n = host_random(&random) % 6 + 1; n > 0; n--) {
            copy[host_random(&random) % size] = (uint8_t)host_random(&random);
        }
        const char *why = dtb_read(copy, size, TREE_PA, &m);
        assert_machine_sound(&m);
        assert_true(why != NULL || m.memory.n > 0);
        free(copy);
    }
    free(blob);
}

/* One word of the header is replaced; the complaint has `text` in it. */
static void
assert_header_refused(size_t at, uint32_t value, const char *text) {
    size_t size;
    uint8_t *blob = rich_tree(&size);
    set32(blob + at, value);
    const char *why = read_copy(blob, size, &m);
    assert_non_null(why);
    if (strstr(why, text) == NULL) {
        fail_msg("the complaint is '%s', not '%s'", why, text);
    }
    free(blob);
}

static void
a_wrong_header_is_refused_with_its_value(void **state) {
    (void)state;
    assert_header_refused(AT_MAGIC, 0xedfe0dd0, "0xedfe0dd0");
    assert_header_refused(AT_TOTALSIZE, 0, "says it has 0 bytes");
    assert_header_refused(AT_TOTALSIZE, 39, "says it has 39 bytes");
    assert_header_refused(AT_TOTALSIZE, 0xffffffff, "4294967295 bytes");
    assert_header_refused(AT_VERSION, 15, "version 15");
    assert_header_refused(AT_COMPATIBLE, 18, "readable as 18");
    assert_header_refused(AT_STRUCT, 0xfffffffc, "0xfffffffc, is outside");
    assert_header_refused(AT_STRUCT, 0, "structure block");
    assert_header_refused(AT_STRUCT_SIZE, 0xfffffffc, "outside");
    assert_header_refused(AT_STRINGS, 0xffffffff, "strings block");
    assert_header_refused(AT_STRINGS_SIZE, 0xffffffff, "strings block");
    assert_header_refused(AT_RESERVATIONS, 0xfffffff8, "reservation block");
    assert_header_refused(AT_RESERVATIONS, TREE_HEADER + 4, "not aligned");
}

static void
a_header_is_judged_by_as_much_as_there_is_of_it(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    assert_non_null(strstr(read_copy(blob, 7, &m), "7 bytes are too few"));
    assert_non_null(strstr(read_copy(blob, 8, &m), "says it has"));
    set32(blob + AT_TOTALSIZE, 8);
    assert_non_null(strstr(read_copy(blob, 8, &m), "says it has 8 bytes"));
    set32(blob + AT_MAGIC, 0x464c457f);
    assert_non_null(strstr(read_copy(blob, 8, &m), "starts with 0x464c457f"));
    free(blob);
}

static void
a_tree_that_is_larger_than_any_is_refused(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    uint8_t *room = calloc(1, (16 << 20) + 1);
    memcpy(room, blob, size);

    set32(room + AT_TOTALSIZE, 16 << 20);
    assert_null(dtb_read(room, 16 << 20, TREE_PA, &m));
    set32(room + AT_TOTALSIZE, (16 << 20) + 1);
    const char *why = dtb_read(room, (16 << 20) + 1, TREE_PA, &m);

    assert_non_null(why);
    assert_non_null(strstr(why, "at most 16777216"));
    free(room);
    free(blob);
}

static void
a_tree_that_reaches_beyond_the_last_address_is_refused(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);

    const char *why = dtb_read(blob, size, UINT64_MAX - size + 2, &m);

    assert_non_null(why);
    assert_non_null(strstr(why, "last address"));
    free(blob);
}

static void
an_unaligned_structure_is_refused(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    set32(blob + AT_STRUCT, get32(blob + AT_STRUCT) - 2);

    const char *why = read_copy(blob, size, &m);

    assert_non_null(why);
    assert_non_null(strstr(why, "not aligned"));
    free(blob);
}

static void
a_reservation_block_without_end_is_refused(void **state) {
    (void)state;
    size_t size;
    uint8_t *blob = rich_tree(&size);
    memset(blob + TREE_HEADER, 1, size - TREE_HEADER);
    set32(blob + AT_STRUCT_SIZE, 0);

    const char *why = read_copy(blob, size, &m);

    assert_non_null(why);
    assert_non_null(strstr(why, "no end"));
    free(blob);
}

static void
a_tree_without_memory_is_refused(void **state) {
    (void)state;
    root(&b);
    end(&b);
    read_bad(&b, "no usable memory");

    tree_init(&b);
    read_bad(&b, "no usable memory");

    root(&b);
    node(&b, "memory");
    end(&b);
    end(&b);
    read_bad(&b, "no usable memory in it; memory: memory without reg: ignored");
}

static void
an_unknown_token_is_refused_with_its_place(void **state) {
    (void)state;
    root(&b);
    put32(&b, 0x55);
    end(&b);
    read_bad(&b, "token 0x55 at offset 0x");
}

static void
nodes_that_do_not_pair_are_refused(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    read_bad(&b, "inside 1 open nodes");

    root(&b);
    end(&b);
    end(&b);
    read_bad(&b, "more node ends");

    root(&b);
    end(&b);
    node(&b, "");
    end(&b);
    read_bad(&b, "second root");
}

static void
a_property_outside_all_nodes_is_refused(void **state) {
    (void)state;
    tree_init(&b);
    prop_words(&b, "reg", WORDS(1));
    read_bad(&b, "in no node");
}

static void
a_property_that_reaches_beyond_the_block_is_refused(void **state) {
    (void)state;
    const uint32_t lengths[] = {9, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        root(&b);
        put32(&b, PROP);
        put32(&b, lengths[i]);
        put32(&b, 0);
        end(&b);
        read_bad(&b, "bytes, only 8 are left");
    }
}

static void
a_property_whose_name_lies_outside_the_strings_is_refused(void **state) {
    (void)state;
    const uint32_t names[] = {0, 0x1000, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        root(&b);
        put32(&b, PROP);
        put32(&b, 0);
        put32(&b, names[i] == 0 ? (uint32_t)b.nstrings : names[i]); /* the first one beyond */
        end(&b);
        read_bad(&b, "has its name at");
    }
}

static void
names_without_end_are_refused(void **state) {
    (void)state;
    root(&b);
    put32(&b, BEGIN_NODE);
    for (int i = 0; i < 8; i++) {
        put32(&b, 0x61616161);
    }
    size_t size;
    uint8_t *blob = tree_finish(&b, &size);
    set32(blob + AT_STRUCT_SIZE, get32(blob + AT_STRUCT_SIZE) - 4);
    const char *why = read_copy(blob, size, &m);
    assert_non_null(why);
    assert_non_null(strstr(why, "has no end"));
    free(blob);

    root(&b);
    some_memory(&b);
    prop_words(&b, "last", WORDS(1));
    b.nstrings--;
    end(&b);
    read_bad(&b, "without end");
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_that_is_cut_short_is_refused_at_every_length),
        cmocka_unit_test(a_cut_tree_that_lies_about_its_size_is_refused_at_every_length),
        cmocka_unit_test(a_structure_block_that_is_cut_short_is_refused_at_every_length),
        cmocka_unit_test(a_strings_block_that_is_cut_short_is_refused_at_every_length),
        cmocka_unit_test(any_byte_may_be_wrong),
        cmocka_unit_test(any_word_may_be_wrong),
        cmocka_unit_test(many_bytes_may_be_wrong_at_once),
        cmocka_unit_test(a_wrong_header_is_refused_with_its_value),
        cmocka_unit_test(a_header_is_judged_by_as_much_as_there_is_of_it),
        cmocka_unit_test(a_tree_that_is_larger_than_any_is_refused),
        cmocka_unit_test(a_tree_that_reaches_beyond_the_last_address_is_refused),
        cmocka_unit_test(an_unaligned_structure_is_refused),
        cmocka_unit_test(a_reservation_block_without_end_is_refused),
        cmocka_unit_test(a_tree_without_memory_is_refused),
        cmocka_unit_test(an_unknown_token_is_refused_with_its_place),
        cmocka_unit_test(nodes_that_do_not_pair_are_refused),
        cmocka_unit_test(a_property_outside_all_nodes_is_refused),
        cmocka_unit_test(a_property_that_reaches_beyond_the_block_is_refused),
        cmocka_unit_test(a_property_whose_name_lies_outside_the_strings_is_refused),
        cmocka_unit_test(names_without_end_are_refused),
    };
    return host_test_main("dtb_hostile", tests, ARRAY_SIZE(tests), argc, argv);
}
