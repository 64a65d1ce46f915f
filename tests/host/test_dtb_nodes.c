/* test_dtb_nodes.c - kern/driver/dtb_nodes.c: boot arguments, initrd, harts, devices. */
#include "dtb_check.h"

static struct builder b;
static struct machine m;

/* A tree with some memory and these properties in /chosen. */
static void
read_chosen(const void *bootargs, size_t n, size_t nstart, const uint32_t *start, size_t nend,
            const uint32_t *initrd_end) {
    root(&b);
    node(&b, "chosen");
    prop_words(&b, "rng-seed", WORDS(0x53454544, 0x53454544));
    if (bootargs != NULL) {
        prop(&b, "bootargs", bootargs, n);
    }
    if (nstart > 0) {
        prop_words(&b, "linux,initrd-start", nstart, start);
    }
    if (nend > 0) {
        prop_words(&b, "linux,initrd-end", nend, initrd_end);
    }
    end(&b);
    some_memory(&b);
    read_good(&b, &m);
}

static void
boot_arguments_are_copied(void **state) {
    (void)state;
    read_chosen("run=off  \"a b\"", 15, 0, NULL, 0, NULL);

    assert_string_equal(m.bootargs, "run=off  \"a b\"");
    assert_int_equal(m.nwarnings, 0);
}

static void
boot_arguments_without_an_end_are_copied_with_a_warning(void **state) {
    (void)state;
    read_chosen("abcdefgh", 5, 0, NULL, 0, NULL);

    assert_string_equal(m.bootargs, "abcde");
    assert_warns(&m, "bootargs");
}

static void
boot_arguments_that_are_too_long_are_cut_with_a_warning(void **state) {
    (void)state;
    char text[MACHINE_BOOTARGS + 1];
    memset(text, 'x', sizeof(text));

    text[MACHINE_BOOTARGS - 1] = '\0';
    read_chosen(text, MACHINE_BOOTARGS, 0, NULL, 0, NULL);
    assert_int_equal(strlen(m.bootargs), MACHINE_BOOTARGS - 1);
    assert_int_equal(m.nwarnings, 0);

    text[MACHINE_BOOTARGS - 1] = 'x';
    text[MACHINE_BOOTARGS] = '\0';
    read_chosen(text, MACHINE_BOOTARGS + 1, 0, NULL, 0, NULL);
    assert_int_equal(strlen(m.bootargs), MACHINE_BOOTARGS - 1);
    assert_warns(&m, "bootargs of 1025 bytes");
}

static void
boot_arguments_are_made_printable(void **state) {
    (void)state;
    read_chosen("run=off\ta\033[2J\x9b\n", 16, 0, NULL, 0, NULL);

    assert_string_equal(m.bootargs, "run=off a?[2J??");
}

static void
bootargs_outside_chosen_do_not_count(void **state) {
    (void)state;
    root(&b);
    prop_text(&b, "bootargs", "wrong");
    some_memory(&b);
    node(&b, "soc");
    node(&b, "chosen");
    prop_text(&b, "bootargs", "wrong");
    end(&b);
    end(&b);

    read_good(&b, &m);

    assert_string_equal(m.bootargs, "");
}

static void
an_initrd_is_given_in_four_or_eight_bytes(void **state) {
    (void)state;
    read_chosen(NULL, 0, WORDS(0x88000000), WORDS(1, 0x88001000));
    assert_range(&m.initrd, 0x88000000, 0x188001000);

    read_chosen(NULL, 0, WORDS(1, 0), WORDS(1, 0x1001));
    assert_range(&m.initrd, 0x100000000, 0x100001001);
    assert_int_equal(m.nwarnings, 0);
}

static void
an_initrd_that_makes_no_sense_is_passed_over_with_a_warning(void **state) {
    (void)state;
    read_chosen(NULL, 0, WORDS(0x1000), 0, NULL);
    assert_warns(&m, "only one");
    read_chosen(NULL, 0, 0, NULL, WORDS(0x1000));
    assert_warns(&m, "only one");
    read_chosen(NULL, 0, WORDS(0x2000), WORDS(0x1000));
    assert_warns(&m, "empty");
    read_chosen(NULL, 0, WORDS(0, 0, 1), WORDS(0x1000));
    assert_warns(&m, "linux,initrd-start has 12 bytes");
    assert_range(&m.initrd, 0, 0);
}

static void
the_seed_is_kept_nowhere(void **state) {
    (void)state;
    read_chosen("abcdefgh", 5, WORDS(0x1000), 0, NULL);

    for (size_t i = 0; i + 4 <= sizeof(m); i++) {
        assert_memory_not_equal((char *)&m + i, "SEED", 4);
    }
}

/* /cpus with three nodes that are harts, one of them off, and two that are not. */
static void
read_cpus(size_t n, const uint32_t *timebase) {
    const char *const names[] = {"cpu@0", "cpu@1", "cpu@2", "cpu-map", "l2-cache"};
    root(&b);
    some_memory(&b);
    node(&b, "cpus");
    prop_words(&b, "#address-cells", WORDS(1));
    prop_words(&b, "timebase-frequency", n, timebase);
    for (uint32_t i = 0; i < ARRAY_SIZE(names); i++) {
        node(&b, names[i]);
        prop_words(&b, "reg", WORDS(i + 5));
        prop_words(&b, "timebase-frequency", WORDS(77000));
        prop_text(&b, "status", i == 1 ? "disabled" : "okay");
        node(&b, "cpu@0");
        end(&b);
        end(&b);
    }
    end(&b);
    read_good(&b, &m);
}

static void
harts_that_are_not_disabled_are_counted(void **state) {
    (void)state;
    read_cpus(WORDS(10000000));

    assert_int_equal(m.nharts, 2);
    assert_int_equal(m.hart[0], 5);
    assert_int_equal(m.hart[1], 7);
    assert_int_equal(m.nwarnings, 0);
}

static void
a_hart_without_an_id_is_taken_for_its_number_with_a_warning(void **state) {
    (void)state;
    const uint32_t cells[] = {0, 3, 2};
    for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
        root(&b);
        some_memory(&b);
        node(&b, "cpus");
        prop_words(&b, "#address-cells", WORDS(cells[i]));
        node(&b, "cpu@9");
        prop_words(&b, "reg", WORDS(9));
        end(&b);
        end(&b);

        read_good(&b, &m);

        assert_int_equal(m.nharts, 1);
        assert_int_equal(m.hart[0], 0);
        assert_warns(&m, "cpu@9: a hart without an id: taken for 0");
    }
}

static void
the_timer_frequency_is_given_in_four_or_eight_bytes(void **state) {
    (void)state;
    read_cpus(WORDS(10000000));
    assert_int_equal(m.timer_hz, 10000000);
    read_cpus(WORDS(0, 1000000));
    assert_int_equal(m.timer_hz, 1000000);
    assert_int_equal(m.nwarnings, 0);
}

static void
a_timer_frequency_that_makes_no_sense_gives_way_to_a_harts_own(void **state) {
    (void)state;
    read_cpus(WORDS(1, 0));
    assert_int_equal(m.timer_hz, 77000);
    assert_warns(&m, "4294967296 Hz");
    read_cpus(WORDS(1, 2, 3));
    assert_int_equal(m.timer_hz, 77000);
    assert_warns(&m, "12 bytes");
    read_cpus(WORDS(9999));
    assert_int_equal(m.timer_hz, 77000);
    assert_warns(&m, "9999 Hz");
}

/* A bus with a device; its compatible list is at the end of its properties. */
static void
bus_with_device(const char *compatible, size_t n, uint32_t address, const char *status) {
    node(&b, "test");
    prop_words(&b, "reg", WORDS(0, address, 0, 0x1000));
    prop_text(&b, "status", status);
    prop(&b, "compatible", compatible, n);
    end(&b);
}

static void
the_first_test_device_is_found_by_its_compatible_list(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "soc");
    prop_words(&b, "#address-cells", WORDS(2));
    prop_words(&b, "#size-cells", WORDS(2));
    prop(&b, "ranges", NULL, 0);
    bus_with_device("sifive,test", 12, 0x10000, "okay");
    bus_with_device("a\0sifive,test00\0sifive", 22, 0x20000, "okay");
    bus_with_device("sifive,test1", 13, 0x30000, "disabled");
    bus_with_device("sifive,test1\0sifive,test0\0syscon", 33, 0x100000, "okay");
    bus_with_device("sifive,test0", 13, 0x40000, "okay");
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.test_device, 0x100000);
    assert_int_equal(m.nwarnings, 0);
}

static void
a_test_device_whose_address_is_not_the_cpus_is_passed_over(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "soc");
    prop_words(&b, "#address-cells", WORDS(2));
    prop_words(&b, "#size-cells", WORDS(2));
    prop_words(&b, "ranges", WORDS(0, 0, 0, 0x40000000, 0, 0x1000000));
    node(&b, "inner");
    prop_words(&b, "#address-cells", WORDS(2));
    prop(&b, "ranges", NULL, 0);
    bus_with_device("sifive,test0", 13, 0x100000, "okay");
    end(&b);
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.test_device, 0);
    assert_warns(&m, "test device");
}

static void
a_test_device_whose_address_is_unaligned_is_passed_over(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    bus_with_device("sifive,test0", 13, 0x100002, "okay");

    read_good(&b, &m);

    assert_int_equal(m.test_device, 0);
    assert_warns(&m, "test device");
}

static void
a_test_device_without_address_is_passed_over(void **state) {
    (void)state;
    root(&b);
    some_memory(&b);
    node(&b, "test");
    prop_text(&b, "compatible", "sifive,test0");
    prop_words(&b, "reg", WORDS(0));
    end(&b);

    read_good(&b, &m);

    assert_int_equal(m.test_device, 0);
    assert_warns(&m, "test device");
}

static void
the_model_is_made_printable_and_cut(void **state) {
    (void)state;
    char model[100];
    memset(model, 'm', sizeof(model));
    root(&b);
    prop_text(&b, "model", "ri\033[2Jscv\x80");
    some_memory(&b);
    read_good(&b, &m);
    assert_string_equal(m.model, "ri?[2Jscv?");

    root(&b);
    prop(&b, "model", model, sizeof(model));
    some_memory(&b);
    read_good(&b, &m);
    assert_int_equal(strlen(m.model), sizeof(m.model) - 1);
}

static void
nothing_is_left_from_the_tree_before(void **state) {
    (void)state;
    struct machine fresh;
    root(&b);
    some_memory(&b);
    read_good(&b, &fresh);

    read_cpus(WORDS(1, 0));
    read_chosen("abcdefgh", 5, WORDS(0x1000), WORDS(0x2000));
    root(&b);
    some_memory(&b);
    read_good(&b, &m);

    assert_memory_equal(&m, &fresh, sizeof(m));
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_arguments_are_copied),
        cmocka_unit_test(boot_arguments_without_an_end_are_copied_with_a_warning),
        cmocka_unit_test(boot_arguments_that_are_too_long_are_cut_with_a_warning),
        cmocka_unit_test(boot_arguments_are_made_printable),
        cmocka_unit_test(bootargs_outside_chosen_do_not_count),
        cmocka_unit_test(an_initrd_is_given_in_four_or_eight_bytes),
        cmocka_unit_test(an_initrd_that_makes_no_sense_is_passed_over_with_a_warning),
        cmocka_unit_test(the_seed_is_kept_nowhere),
        cmocka_unit_test(harts_that_are_not_disabled_are_counted),
        cmocka_unit_test(a_hart_without_an_id_is_taken_for_its_number_with_a_warning),
        cmocka_unit_test(the_timer_frequency_is_given_in_four_or_eight_bytes),
        cmocka_unit_test(a_timer_frequency_that_makes_no_sense_gives_way_to_a_harts_own),
        cmocka_unit_test(the_first_test_device_is_found_by_its_compatible_list),
        cmocka_unit_test(a_test_device_whose_address_is_not_the_cpus_is_passed_over),
        cmocka_unit_test(a_test_device_whose_address_is_unaligned_is_passed_over),
        cmocka_unit_test(a_test_device_without_address_is_passed_over),
        cmocka_unit_test(the_model_is_made_printable_and_cut),
        cmocka_unit_test(nothing_is_left_from_the_tree_before),
    };
    return host_test_main("dtb_nodes", tests, ARRAY_SIZE(tests), argc, argv);
}
