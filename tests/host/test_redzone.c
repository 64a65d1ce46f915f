/* test_redzone.c - the heap with kern/san/address/redzone.c between its objects. */
#include "host_test.h"

#include "check_slab.h"
#include "pmm_env.h"
#include "poison.h"
#include "slab_steps.h"

static const size_t sizes[] = {1, 15, 16, 17, 64, 1000, 2016};

/* An object of each size from a cache of its own, which is forgotten at the next. */
#define for_each_size(object)                                                                      \
    for (round_ = 0; round_ < ARRAY_SIZE(sizes) && ((object) = new_object(sizes[round_])); round_++)

static size_t round_; /* not local: a panic's longjmp would lose it */
static struct kmem_cache *cache;
static uint8_t *object;

static uint8_t *
new_object(size_t size) {
    start_heap(&default_pmm_manager);
    cache = kmem_cache_create("tested", size);
    return kmem_cache_alloc(cache);
}

static void
any_sequence_of_right_calls_goes_unnoticed(void **state) {
    (void)state;
    uint64_t random = 1;
    start_heap(&default_pmm_manager);
    for (int i = 0; i < 1500; i++) {
        uint64_t r = host_random(&random);
        step((unsigned)(r & 7), r >> 8 & 0xffff, (uint8_t)(r >> 32));
    }
    finish_heap();
    assert_int_equal(check_slab(), 0);
}

static void
an_object_holds_nothing_of_what_was_there(void **state) {
    (void)state;
    for_each_size(object) {
        for (size_t i = 0; i < cache->size; i++) {
            assert_int_equal(object[i], POISON_GRANTED);
        }
        void *other = kmem_cache_alloc(cache); /* so that the slab stays */
        memset(object, 1, cache->size);
        kfree(object);
        for (size_t i = 0; i < cache->size; i++) {
            assert_int_equal(object[i], POISON_FREED);
        }
        kfree(other);
    }
}

static void
a_byte_written_behind_an_object_is_found_when_it_is_freed(void **state) {
    (void)state;
    for_each_size(object) {
        object[cache->size] = 0;
        expect_panic(kfree(object), "overflow: 0 bytes behind object 0x");
        assert_non_null(
            strstr(panic_text, " of cache tested, taken by ?, was written to; freed by ?"));
    }
    object = new_object(16);
    object[16 + 23] = 0; /* the last of the zone, and what is behind it */
    expect_panic(kfree(object), "overflow: 23 bytes behind object 0x");
    object = new_object(16);
    memset(object + 16 + 40, 7, 8);
    expect_panic(kmem_cache_free(cache, object), "overflow: 24 bytes behind object 0x");
}

static void
a_byte_written_before_an_object_is_found_when_it_is_freed(void **state) {
    (void)state;
    for_each_size(object) {
        object[-1] = 0;
        expect_panic(kfree(object), "underflow: 1 bytes before object 0x");
        assert_non_null(
            strstr(panic_text, " of cache tested, taken by ?, was written to; freed by ?"));
    }
    object = new_object(64);
    object[-16] = 0;
    expect_panic(kfree(object), "underflow: 16 bytes before object 0x");
}

static void
a_write_to_a_freed_object_is_found_when_it_is_taken_next(void **state) {
    (void)state;
    for_each_size(object) {
        kfree(object);
        object[cache->size - 1] = 1;
        expect_panic(kmem_cache_alloc(cache), ", not the poison; freed by ?, now taken by ?");
        assert_non_null(strstr(panic_text, "use after free: object 0x"));
        assert_non_null(strstr(panic_text, " of cache tested holds 0x1 at offset "));
    }
    object = new_object(64);
    object[cache->step] = 2; /* the next object, which nobody had yet */
    expect_panic(kmem_cache_alloc(cache), "holds 0x2 at offset 0, not the poison; never taken, ");
}

static void
a_double_free_is_told_with_both_callers(void **state) {
    (void)state;
    for_each_size(object) {
        kfree(object);
        expect_panic(kfree(object), ", of cache tested, freed by ?, now by ?");
        assert_non_null(strstr(panic_text, "double free of 0x"));
    }
}

static void
what_is_not_the_start_of_an_object_cannot_be_freed(void **state) {
    (void)state;
    object = new_object(64);
    expect_panic(kfree(object + 16),
                 ", 16 bytes behind the start of an object of cache tested, by ?");
}

/* Names with a % in them: none is a format. */
static void
who_took_and_who_freed_an_object_are_not_confused(void **state) {
    (void)state;
    static _Alignas(16) uint8_t room[200];
    static const struct redzone at = {"kept", room + 64, 20, 0};
    callers_are_names = true;
    redzone_new(at);
    room[64] = 1;
    expect_panic(redzone_taken(at, "A%d"), "not the poison; never taken, now taken by A%d");
    redzone_new(at);
    redzone_taken(at, "A%d");
    redzone_given(at, "B%d");
    expect_panic(redzone_given(at, "C%d"), "double free of 0x");
    assert_non_null(strstr(panic_text, ", of cache kept, freed by B%d, now by C%d"));
    room[64] = 1;
    expect_panic(redzone_taken(at, "C%d"), "not the poison; freed by B%d, now taken by C%d");
    redzone_new(at);
    redzone_taken(at, "A%d");
    room[64 + 20] = 0;
    expect_panic(redzone_given(at, "B%d"), "taken by A%d, was written to; freed by B%d");
    redzone_new(at);
    redzone_taken(at, "A%d");
    room[63] = 0;
    expect_panic(redzone_given(at, "B%d"), "taken by A%d, was written to; freed by B%d");
    expect_panic(redzone_given((struct redzone){"kept", room + 65, 20, 1}, "C%d"), "by C%d");
    callers_are_names = false;
}

static void
note_owner(const void *at, const void *taken_by, void *owner) {
    assert_ptr_equal(at, object);
    *(const void **)owner = taken_by;
}

static void
an_object_in_use_is_visited_with_who_took_it(void **state) {
    (void)state;
    for_each_size(object) {
        const void *owner = NULL;
        kfree(object);
        kmem_for_each_object(cache, note_owner, &owner);
        assert_null(owner);
        assert_ptr_equal(kmem_cache_alloc_for(cache, &owner), object);
        kmem_for_each_object(cache, note_owner, &owner);
        assert_ptr_equal(owner, &owner);
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_right_calls_goes_unnoticed),
        cmocka_unit_test(an_object_holds_nothing_of_what_was_there),
        cmocka_unit_test(a_byte_written_behind_an_object_is_found_when_it_is_freed),
        cmocka_unit_test(a_byte_written_before_an_object_is_found_when_it_is_freed),
        cmocka_unit_test(a_write_to_a_freed_object_is_found_when_it_is_taken_next),
        cmocka_unit_test(a_double_free_is_told_with_both_callers),
        cmocka_unit_test(who_took_and_who_freed_an_object_are_not_confused),
        cmocka_unit_test(an_object_in_use_is_visited_with_who_took_it),
        cmocka_unit_test(what_is_not_the_start_of_an_object_cannot_be_freed),
    };
    return host_test_main("redzone", tests, ARRAY_SIZE(tests), argc, argv);
}
