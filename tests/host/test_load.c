/* test_load.c - kern/process/load.c: ELF files that are programs, and files that say they are. */
#include "host_env.h"

#include "load_env.h"

#define P ((uint64_t)PGSIZE)

static const struct elf_program_header usual[] = {
    {.type = 6, .flags = ELF_R, .va = 0x40, .filesz = 100, .memsz = 100},
    {ELF_LOAD, ELF_R | ELF_X, 0x120, 0x800020, 0, 0x1234, 0x1234, PGSIZE},
    {ELF_LOAD, ELF_R, 0x1400, 0x802000, 0, 0x10, 0x10, PGSIZE},
    {ELF_LOAD, ELF_R | ELF_W, 0x1500, 0x803ff0, 0, 0x20, 0x9000, PGSIZE},
};
#define DATA (usual[3])

/* The usual file with that segment for its data. */
static int
load_data(uint64_t offset, uint64_t va, uint64_t filesz, uint64_t memsz) {
    struct elf_program_header ph[ARRAY_SIZE(usual)];
    memcpy(ph, usual, sizeof(ph));
    ph[3].offset = offset;
    ph[3].va = va;
    ph[3].filesz = filesz;
    ph[3].memsz = memsz;
    start_file(ph, ARRAY_SIZE(ph));
    return load_with(NEVER);
}

static void
a_program_is_loaded_with_zeroes_around_what_the_file_has(void **state) {
    (void)state;
    start_file(usual, ARRAY_SIZE(usual));
    assert_int_equal(load_with(NEVER), 0);
    assert_int_equal(load_data(0, 0x810000, 0, 1), 0);
    assert_int_equal(load_data(FILE_ROOM - 1, 0x810fff, 1, 2), 0);
    assert_int_equal(load_data(FILE_ROOM, 0x810000, 0, 0), 0);
    assert_int_equal(load_data(0, USER_TOP - P, P, P), 0);
    assert_int_equal(load_data(0, USER_BASE, P, P), 0);
}

static void
a_file_of_any_shorter_length_is_refused(void **state) {
    (void)state;
    start_file(usual, ARRAY_SIZE(usual));
    for (size_t size = 0; size < 0x1520; size += size < 300 ? 1 : 61) {
        file_size = size;
        assert_int_equal(load_with(NEVER), -E_INVAL_ELF);
    }
    file_size = 0x1520;
    assert_int_equal(load_with(NEVER), 0);
}

static void
a_segment_outside_of_what_programs_have_is_refused(void **state) {
    (void)state;
    const uint64_t top = USER_TOP, kernel = 0xffffffffc0200000;
    static const uint64_t sizes[] = {1, 0x1000, 0x80000000, 0x7fffffffffffffff, ~1ull};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        assert_int_equal(load_data(0x100, top, 0, sizes[i]), -E_INVAL_ELF);
        assert_int_equal(load_data(0x100, top - 1, 0, sizes[i] + 1), -E_INVAL_ELF);
        assert_int_equal(load_data(0x100, kernel, 0, sizes[i]), -E_INVAL_ELF);
        assert_int_equal(load_data(0x100, ~0ull, 0, sizes[i]), -E_INVAL_ELF);
        assert_int_equal(load_data(0x100, 0, 0, sizes[i]), -E_INVAL_ELF);
        assert_int_equal(load_data(0x100, USER_BASE - 1, 0, sizes[i]), -E_INVAL_ELF);
    }
}

static void
a_segment_of_no_bytes_outside_is_refused_as_well(void **state) {
    (void)state;
    assert_int_equal(load_data(0x100, USER_TOP, 0, 0), -E_INVAL_ELF);
    assert_int_equal(load_data(0x100, 0xffffffffc0200000, 0, 0), -E_INVAL_ELF);
}

static void
a_segment_longer_than_its_memory_or_its_file_is_refused(void **state) {
    (void)state;
    assert_int_equal(load_data(0x100, DATA.va, 0x101, 0x100), -E_INVAL_ELF);
    assert_int_equal(load_data(0x100, DATA.va, ~0ull, 0x100), -E_INVAL_ELF);
    assert_int_equal(load_data(0x100, DATA.va, ~0ull, ~0ull), -E_INVAL_ELF);
    assert_int_equal(load_data(FILE_ROOM, DATA.va, 1, 1), -E_INVAL_ELF);
    assert_int_equal(load_data(FILE_ROOM - 0xff, DATA.va, 0x100, 0x100), -E_INVAL_ELF);
    assert_int_equal(load_data(~0ull, DATA.va, 0x100, 0x100), -E_INVAL_ELF);
    assert_int_equal(load_data(-P, DATA.va, 2 * P, 2 * P), -E_INVAL_ELF);
}

static void
segments_that_meet_in_a_page_are_refused(void **state) {
    (void)state;
    assert_int_equal(load_data(0x100, 0x800020, 0x10, 0x10), -E_INVAL_ELF);
    assert_int_equal(load_data(0x100, 0x802ff0, 0x10, 0x10), -E_INVAL_ELF);
    assert_int_equal(load_data(0x100, 0x7ff000, 0x10, 0x1001), -E_INVAL_ELF);
    assert_int_equal(load_data(0x100, 0x7ff000, 0x10, 0x1000), 0);
    assert_int_equal(load_data(0x100, USER_BASE, 0, USER_TOP - USER_BASE), -E_INVAL_ELF);
}

static void
where_a_segment_without_bytes_lies_in_the_file_does_not_matter(void **state) {
    (void)state;
    assert_int_equal(load_data(~0ull, 0x810020, 0, 0x100), 0);
    assert_int_equal(load_data(FILE_ROOM + 1, 0x810fff, 0, 2), 0);
}

/* One field of a header after the other, at its extremes; load_with knows what is right. */
static void
every_field_may_say_anything(void **state) {
    (void)state;
    static const size_t fields[] = {2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2}; /* behind ident */
    size_t at = 16, refused = 0, loaded = 0;
    for (size_t f = 0; f < ARRAY_SIZE(fields) + sizeof(usual) / 8; f++) {
        size_t bytes = f < ARRAY_SIZE(fields) ? fields[f] : 8;
        for (int value = 0; value < 256; value += 3) {
            uint64_t extreme_value = extreme((uint8_t)value);
            start_file(usual, ARRAY_SIZE(usual));
            memcpy(file + at, &extreme_value, bytes);
            int error = load_with(NEVER);
            refused += error != 0;
            loaded += error == 0;
        }
        at += bytes;
    }
    assert_int_equal(at, sizeof(struct elf_header) + sizeof(usual));
    assert_true(refused > 500 && loaded > 500);
}

static void
any_recipe_is_loaded_as_the_model_says(void **state) {
    (void)state;
    uint64_t random = 1;
    size_t loaded = 0;
    for (int i = 0; i < 4000; i++) {
        uint8_t recipe[48];
        for (size_t k = 0; k < sizeof(recipe); k++) {
            recipe[k] = (uint8_t)host_random(&random);
        }
        size_t changes = host_random(&random) % 3 == 0 ? host_random(&random) % 12 : 0;
        cook(recipe, 1 + recipe[0] % 5u * 7 + changes);
        loaded += load_with(host_random(&random) % 4 == 0 ? host_random(&random) % 16 : NEVER) == 0;
    }
    assert_true(loaded > 300);
}

static void
where_memory_runs_out_nothing_is_lost(void **state) {
    (void)state;
    start_file(usual, ARRAY_SIZE(usual));
    unsigned n = 0;
    while (load_with(n) == -E_NO_MEM) {
        n++;
    }
    /* Two slabs, the root, two tables, pages: two of text, one constant, two of data. */
    assert_int_equal(n, 10);
    assert_int_equal(load_with(n), 0);
}

static void
what_reading_says_is_passed_on(void **state) {
    (void)state;
    start_file(usual, ARRAY_SIZE(usual));
    read_error = -E_ISDIR;
    assert_int_equal(load_with(NEVER), -E_ISDIR);
}

/* ---- arguments ------------------------------------------------------------------------------- */

static char texts[66][PGSIZE + 2];
static const char *argv[66];

static void
text_of_length(size_t i, size_t length) {
    memset(texts[i], 'a' + (int)(i % 26), length);
    texts[i][length] = '\0';
    argv[i] = texts[i];
}

/* That many allocations succeed; what is on the stack is right if they are enough. */
static int
load_args_with(size_t argc, unsigned allocations) {
    uintptr_t at, text;
    int count;
    start_loading();
    struct mm_struct *mm = mm_create();
    allocations_left = allocations;
    int error = load_args(mm, argc, argv, &at);
    if (error == 0) {
        must(at % 16 == 0, "argv is at %#lx", at);
        must(copy_from_user(mm, &count, at - sizeof(count), sizeof(count)) == 0, "no argc");
        must(count == (int)argc, "argc is %d", count);
        for (size_t i = 0; i <= argc; i++) {
            static char copy[PGSIZE + 2];
            must(copy_from_user(mm, &text, at + i * sizeof(text), sizeof(text)) == 0, "no argv");
            must(i < argc || text == 0, "argv[argc] is %#lx", text);
            must(i == argc || (copy_text_from_user(mm, copy, text, sizeof(copy)) >= 0 &&
                               strcmp(copy, argv[i]) == 0),
                 "text %zu", i);
        }
    }
    finish_loading(mm);
    return error;
}

static void
arguments_lie_on_the_stack_with_their_number_below(void **state) {
    (void)state;
    for (size_t argc = 0; argc <= 64; argc++) {
        for (size_t i = 0; i < argc; i++) {
            text_of_length(i, i % 60);
        }
        assert_int_equal(load_args_with(argc, NEVER), 0);
    }
    assert_int_equal(load_args_with(65, NEVER), -E_TOO_BIG);
}

static void
texts_of_a_page_are_taken_and_a_byte_more_is_not(void **state) {
    (void)state;
    text_of_length(0, PGSIZE - 1);
    assert_int_equal(load_args_with(1, NEVER), 0); /* argv is a page lower */
    text_of_length(0, PGSIZE);
    assert_int_equal(load_args_with(1, NEVER), -E_TOO_BIG);
    text_of_length(0, 1000);
    text_of_length(1, PGSIZE - 1003);
    text_of_length(2, 0);
    assert_int_equal(load_args_with(3, NEVER), 0);
    text_of_length(2, 1);
    assert_int_equal(load_args_with(3, NEVER), -E_TOO_BIG);
}

static void
where_memory_runs_out_no_arguments_are_lost(void **state) {
    (void)state;
    unsigned n = 0;
    text_of_length(0, PGSIZE - 1);
    while (load_args_with(1, n) == -E_NO_MEM) {
        n++;
    }
    assert_int_equal(n, 5); /* a slab, two tables, two pages */
}

int
main(int argc, char **arguments) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_loaded_with_zeroes_around_what_the_file_has),
        cmocka_unit_test(a_file_of_any_shorter_length_is_refused),
        cmocka_unit_test(a_segment_outside_of_what_programs_have_is_refused),
        cmocka_unit_test(a_segment_of_no_bytes_outside_is_refused_as_well),
        cmocka_unit_test(a_segment_longer_than_its_memory_or_its_file_is_refused),
        cmocka_unit_test(segments_that_meet_in_a_page_are_refused),
        cmocka_unit_test(where_a_segment_without_bytes_lies_in_the_file_does_not_matter),
        cmocka_unit_test(every_field_may_say_anything),
        cmocka_unit_test(any_recipe_is_loaded_as_the_model_says),
        cmocka_unit_test(where_memory_runs_out_nothing_is_lost),
        cmocka_unit_test(what_reading_says_is_passed_on),
        cmocka_unit_test(arguments_lie_on_the_stack_with_their_number_below),
        cmocka_unit_test(texts_of_a_page_are_taken_and_a_byte_more_is_not),
        cmocka_unit_test(where_memory_runs_out_no_arguments_are_lost),
    };
    return host_test_main("load", tests, ARRAY_SIZE(tests), argc, arguments);
}
