/* test_slab.c - kern/mm/slab.c and kmalloc.c on every policy, as slab_steps.h watches them. */
#include "host_test.h"

#include "check_slab.h"
#include "pmm_env.h"
#include "slab_steps.h"

static void
any_sequence_of_calls_on_any_policy_does_what_the_model_says(void **state) {
    (void)state;
    uint64_t random = 1;
    for (size_t p = 0; p < pmm_npolicies; p++) {
        start_heap(pmm_policies[p]);
        for (int i = 0; i < 1500; i++) {
            uint64_t r = host_random(&random);
            unsigned what = (unsigned)(r & 7);
            bool filling = i / 300 % 2 == 0; /* until memory runs out; then back */
            step(what >= 6 && filling && (r >> 3 & 1) ? 0 : what, r >> 8 & 0xffff,
                 (uint8_t)(r >> 32));
        }
        finish_heap();
        assert_null(pmm_audit());
    }
}

static void
where_memory_runs_out_nothing_has_changed_and_it_goes_on_when_there_is_some(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    struct Page *all = alloc_pages(all_free);
    assert_null(kmem_cache_create("own", 64));
    assert_null(kmalloc_any(1));
    assert_null(kmalloc_any(PGSIZE));
    assert_null(kmalloc_any(SIZE_MAX));
    free_pages(all, all_free);
    assert_null(kmalloc_any((all_free + 1) * PGSIZE));
    check_counts();
    for (size_t n = 0; n < 3; n++) { /* a page for the cache itself, one for its object */
        all = alloc_pages(all_free - n);
        step_cache(0);
        if (own[0] != NULL) {
            step_alloc(own_size[0], own[0], 7);
        }
        assert_int_equal(nlive, n == 2);
        free_pages(all, all_free - n);
        finish_heap();
    }
}

static void
a_class_holds_what_it_is_for_and_the_next_smaller_one_does_not(void **state) {
    (void)state;
    static const size_t size[] = {16,  32,  48,  64,  96,   128,  192, 256,
                                  336, 448, 576, 800, 1008, 1344, 2016};
    start_heap(&default_pmm_manager);
    assert_int_equal(KMALLOC_CLASSES, ARRAY_SIZE(size));
    for (size_t n = 0, k = 0; n <= KMEM_MAX_SIZE; n++) {
        k += n > size[k];
        assert_int_equal(kmalloc_class(n), k);
        assert_true(n <= 32 || size[k] - n < (n + 1) / 2);
        uint8_t *p = kmalloc_any(n);
        assert_int_equal(kmalloc_caches[k].size, size[k]);
        struct kmem_stat stat;
        kmem_cache_stat(&kmalloc_caches[k], &stat);
        assert_int_equal(stat.live, 1);
        kfree(p);
    }
    assert_int_equal(kmalloc_class(KMEM_MAX_SIZE + 1), KMALLOC_CLASSES);
    finish_heap();
}

/* What `slab` prints: objects a slab, bytes of it that hold none. */
static void
a_slab_of_each_class_wastes_less_than_a_tenth(void **state) {
    (void)state;
    static const unsigned objects[] = {253, 126, 84, 63, 42, 31, 21, 15, 12, 9, 7, 5, 4, 3, 2};
    start_heap(&default_pmm_manager);
    for (size_t i = 0; i < KMALLOC_CLASSES; i++) {
        assert_int_equal(kmalloc_caches[i].objects, objects[i]);
        assert_true(10 * objects[i] * kmalloc_caches[i].size > 9 * PGSIZE);
    }
    assert_int_equal(sizeof(struct slab), 48);
}

static void
note_name(struct kmem_cache *cache, void *names) {
    strcat(strcat(names, cache->name), " ");
}

static void
caches_are_visited_in_the_order_they_were_made_in(void **state) {
    (void)state;
    char names[300] = "";
    start_heap(&default_pmm_manager);
    kmem_for_each_cache(note_name, names);
    assert_ptr_equal(strstr(names, "kmem_cache kmalloc-16 kmalloc-32 kmalloc-48 "), names);
}

static void
what_is_freed_last_is_taken_first_and_slabs_go_in_reverse_order(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    struct kmem_cache *cache = kmem_cache_create("three", 1100);
    void *p[9];
    for (size_t i = 0; i < 9; i++) {
        p[i] = kmem_cache_alloc(cache);
    }
    assert_int_equal(pages_taken(), 4);
    kmem_cache_free(cache, p[4]);
    assert_ptr_equal(kmem_cache_alloc(cache), p[4]);
    for (size_t i = 9; i-- > 0;) {
        kmem_cache_free(cache, p[i]);
    }
    assert_int_equal(pages_taken(), 2);
    assert_ptr_equal(kmem_cache_alloc(cache), p[0]);
    assert_int_equal(kmem_cache_shrink(cache), 0); /* it is in use again */
    kfree(p[0]);
    assert_int_equal(kmem_cache_shrink(cache), 1);
    assert_int_equal(kmem_cache_shrink(cache), 0);
    for (size_t i = 0; i < 4; i++) {
        p[i] = kmem_cache_alloc(cache);
    }
    kfree(p[0]);
    kfree(p[3]); /* the slab that is empty now is the last to be taken from */
    assert_ptr_equal(kmem_cache_alloc(cache), p[0]);
    kfree(p[0]);
    kfree(p[1]);
    kfree(p[2]);
    assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void
note_visit(const void *object, const void *taken_by, void *visited) {
    assert_null(taken_by);
    strcat(visited, (const char *)object);
}

static void
every_object_in_use_is_visited_and_no_free_one(void **state) {
    (void)state;
    char visited[10] = "", *p[5];
    start_heap(&default_pmm_manager);
    struct kmem_cache *cache = kmem_cache_create("three", 1100);
    for (size_t i = 0; i < 5; i++) {
        p[i] = kmem_cache_alloc(cache);
        strcpy(p[i], (const char *[]){"a", "b", "c", "d", "e"}[i]);
    }
    kmem_cache_free(cache, p[3]);
    kmem_for_each_object(cache, note_visit, visited);
    assert_string_equal(visited, "eabc"); /* the full slab behind the other */
}

static void
a_cache_is_for_1_byte_up_to_half_of_a_slab(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    assert_null(kmem_cache_create("none", 0));
    assert_null(kmem_cache_create("large", KMEM_MAX_SIZE + 1));
    struct kmem_cache *small = kmem_cache_create("small", 1);
    struct kmem_cache *large = kmem_cache_create("large", KMEM_MAX_SIZE);
    assert_int_equal(small->objects, 253);
    assert_int_equal(large->objects, 2);
    assert_int_equal(kmem_cache_destroy(small), 0);
    assert_int_equal(kmem_cache_destroy(large), 0);
    finish_heap();
}

static void
a_double_free_is_told_with_object_cache_and_caller(void **state) {
    (void)state;
    static void *p, *other;
    start_heap(&default_pmm_manager);
    p = kmalloc_any(60);
    other = kmalloc_any(60);
    kfree(p);
    kfree(other);
    expect_panic(kfree(p), ", of cache kmalloc-64, by ?");
    assert_non_null(strstr(panic_text, "double free of 0x"));
    start_heap(&default_pmm_manager);
    p = kmalloc_any(60);
    kfree(p);
    expect_panic(kmem_cache_free(&kmalloc_caches[KMALLOC_64], p), "double free of 0x");
}

/* An owner may write what it likes, the mark of free objects included. */
static void
an_object_that_looks_as_if_it_were_free_can_be_freed(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    struct kmem_cache **p = kmalloc_any(64);
    assert_null(p[1]); /* for the usual way, no object in use looks so */
    p[1] = &kmalloc_caches[KMALLOC_64];
    kfree(p);
    finish_heap();
}

static void
what_is_no_object_cannot_be_freed(void **state) {
    (void)state;
    static uint8_t *p;
    static struct Page *page;
    start_heap(&default_pmm_manager);
    p = kmalloc_any(3 * PGSIZE);
    expect_panic(kfree(p + 64), ", no object of any cache, by ?");
    expect_panic(kfree(p + PGSIZE), ", where no pages were granted, by ?");
    expect_panic(kmem_cache_free(&kmalloc_caches[KMALLOC_64], p),
                 ", no object of kmalloc-64, by ?");
    start_heap(&default_pmm_manager);
    p = kmalloc_any(64);
    expect_panic(kmem_cache_free(&kmalloc_caches[KMALLOC_32], p),
                 ", no object of kmalloc-32, by ?");
    p = (uint8_t *)((uintptr_t)p & -(uintptr_t)PGSIZE);
    expect_panic(kmem_cache_free(&kmalloc_caches[KMALLOC_64], p),
                 ", no object of kmalloc-64, by ?");
    page = alloc_page();
    memcpy(page2kva(page), (void *)((uintptr_t)p & -(uintptr_t)PGSIZE), PGSIZE);
    expect_panic(kfree((uint8_t *)page2kva(page) + 48), ", no object of any cache, by ?");
}

static void
an_object_that_was_written_to_while_it_was_free_is_not_given_out(void **state) {
    (void)state;
    static void **p;
    start_heap(&default_pmm_manager);
    p = kmalloc_any(64);
    kfree(p);
    p[1] = NULL;
    expect_panic(kmem_cache_alloc(&kmalloc_caches[KMALLOC_64]),
                 ", a free object of cache kmalloc-64, was written to");
    expect_panic(kmalloc(60), "spin_lock: hart 0 holds this lock already");
}

/* As from an interrupt in the middle of an allocation. */
static void
a_cache_that_is_locked_is_not_touched(void **state) {
    (void)state;
    static void *p, *freed;
    start_heap(&default_pmm_manager);
    p = kmalloc_any(64);
    freed = kmalloc_any(64);
    kfree(freed);
    kmalloc_caches[KMALLOC_64].lock.owner = 1;
    expect_panic(kfree(p), "holds this lock already");
    host_intr_on = true;
    expect_panic(kfree(freed), "holds this lock already");
    host_intr_on = true;
    expect_panic(kmem_cache_alloc(&kmalloc_caches[KMALLOC_64]), "holds this lock already");
}

static void
interrupts_are_on_again_behind_every_call(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    void *p = kmalloc_any(64);
    assert_true(host_intr_on);
    kfree(p);
    assert_true(host_intr_on);
    host_intr_on = false;
    kfree(kmalloc_any(64));
    assert_false(host_intr_on);
}

static void
the_audit_tells_a_slab_in_the_wrong_list_and_a_broken_chain(void **state) {
    (void)state;
    start_heap(&default_pmm_manager);
    struct kmem_cache *cache = kmem_cache_create("two", 2000);
    void **p = kmem_cache_alloc(cache);
    struct slab *slab = (struct slab *)(cache->partial.next);
    struct slot *chain = slab->free;
    assert_null(kmem_cache_audit(cache));
    slab->free = NULL;
    assert_non_null(strstr(kmem_cache_audit(cache), "C1: a full slab"));
    slab->free = chain;
    slab->live = 2;
    assert_non_null(strstr(kmem_cache_audit(cache), "C2: "));
    slab->live = 1;
    void **word = (void **)chain, *next = word[0], *tag = word[1];
    word[0] = chain;
    assert_non_null(strstr(kmem_cache_audit(cache), "C2: "));
    word[0] = (uint8_t *)chain + 8;
    assert_non_null(strstr(kmem_cache_audit(cache), "C2: "));
    void **beyond = (void **)((uint8_t *)slab + 48 + 2 * cache->step);
    beyond[0] = NULL;
    beyond[1] = tag;
    slab->free = (struct slot *)beyond;
    assert_non_null(strstr(kmem_cache_audit(cache), "C2: "));
    word[2] = NULL; /* as a free object, and none starts there */
    word[3] = tag;
    slab->free = (struct slot *)&word[2];
    assert_non_null(strstr(kmem_cache_audit(cache), "C2: "));
    slab->free = chain;
    word[0] = next;
    word[1] = NULL;
    assert_non_null(strstr(kmem_cache_audit(cache), "C2: "));
    word[1] = tag;
    kmem_cache_free(cache, p);
    assert_null(kmem_cache_audit(cache));
    cache->spare = NULL;
    assert_non_null(strstr(kmem_cache_audit(cache), "C4: "));
    cache->spare = slab;
    void *both[] = {kmem_cache_alloc(cache), kmem_cache_alloc(cache)};
    assert_null(kmem_cache_audit(cache));
    slab->live = 1;
    assert_non_null(strstr(kmem_cache_audit(cache), "C1: a slab with free objects"));
    slab->live = 2;
    slab->free = chain;
    assert_non_null(strstr(kmem_cache_audit(cache), "C1: a slab with free objects"));
    assert_non_null(both[1]);
}

static void
check_slab_succeeds_on_every_policy_and_leaves_its_lists_as_they_were(void **state) {
    (void)state;
    static char before[sizeof(printed)];
    for (size_t p = 0; p < pmm_npolicies; p++) {
        start_heap(pmm_policies[p]);
        step_alloc(64, NULL, 7);
        pmm_manager->dump_list();
        strcpy(before, printed);
        printed[0] = '\0';
        kfree(kmalloc_any(1000)); /* whose slab stays, until then */
        assert_int_equal(check_slab(), 0);
        assert_string_equal(printed, "check_slab() succeeded!\n");
        printed[0] = '\0';
        pmm_manager->dump_list();
        assert_true(pmm_manager == &next_fit_pmm_manager || strcmp(printed, before) == 0);
        check_contents(&live[0]);
        finish_heap();
    }
}

static void
wherever_memory_runs_out_check_slab_says_so_and_gives_all_pages_back(void **state) {
    (void)state;
    size_t n = 0;
    for (;; n++) {
        start_heap(&default_pmm_manager);
        struct Page *rest = alloc_pages(all_free - n);
        int error = check_slab();
        assert_int_equal(pages_taken(), all_free - n);
        free_pages(rest, all_free - n);
        if (error == 0) {
            break;
        }
        assert_int_equal(error, -E_NO_MEM);
        assert_string_equal(printed, "check_slab() was cut short: no memory\n");
    }
    assert_int_equal(n, 11); /* slabs of 6 classes and of caches, 1 + 1 + 2 whole pages */
}

static void
check_slab_ends_at_a_cache_that_is_broken(void **state) {
    (void)state;
    static struct slab *slab;
    start_heap(&default_pmm_manager);
    step_alloc(64, NULL, 7);
    slab = (struct slab *)((uintptr_t)live[0].at & -(uintptr_t)PGSIZE);
    slab->live = 2;
    expect_panic(check_slab(), "cache kmalloc-64 breaks C2: ");
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_calls_on_any_policy_does_what_the_model_says),
        cmocka_unit_test(
            where_memory_runs_out_nothing_has_changed_and_it_goes_on_when_there_is_some),
        cmocka_unit_test(a_class_holds_what_it_is_for_and_the_next_smaller_one_does_not),
        cmocka_unit_test(a_slab_of_each_class_wastes_less_than_a_tenth),
        cmocka_unit_test(caches_are_visited_in_the_order_they_were_made_in),
        cmocka_unit_test(what_is_freed_last_is_taken_first_and_slabs_go_in_reverse_order),
        cmocka_unit_test(every_object_in_use_is_visited_and_no_free_one),
        cmocka_unit_test(a_cache_is_for_1_byte_up_to_half_of_a_slab),
        cmocka_unit_test(a_double_free_is_told_with_object_cache_and_caller),
        cmocka_unit_test(an_object_that_looks_as_if_it_were_free_can_be_freed),
        cmocka_unit_test(what_is_no_object_cannot_be_freed),
        cmocka_unit_test(an_object_that_was_written_to_while_it_was_free_is_not_given_out),
        cmocka_unit_test(a_cache_that_is_locked_is_not_touched),
        cmocka_unit_test(interrupts_are_on_again_behind_every_call),
        cmocka_unit_test(the_audit_tells_a_slab_in_the_wrong_list_and_a_broken_chain),
        cmocka_unit_test(check_slab_succeeds_on_every_policy_and_leaves_its_lists_as_they_were),
        cmocka_unit_test(wherever_memory_runs_out_check_slab_says_so_and_gives_all_pages_back),
        cmocka_unit_test(check_slab_ends_at_a_cache_that_is_broken),
    };
    return host_test_main("slab", tests, ARRAY_SIZE(tests), argc, argv);
}
