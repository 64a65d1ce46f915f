/* test_vmm.c - kern/mm/vmm.c, vma.c and pgfault.c, as vmm_steps.h watches them, and their checks.
 */
#include "host_env.h"

#include "check_vmm.h"
#include "printed.h"
#include "vmm_steps.h"
#include "zone.h"

#define RW    (VM_READ | VM_WRITE)
#define STACK (RW | VM_STACK)
#define HIGH  ((uintptr_t)USER_TOP)
#define LOW   ((uintptr_t)USER_BASE)
#define P     ((uintptr_t)PGSIZE)

void
zone_stat(struct zone_stat *stat) {
    *stat = (struct zone_stat){.requested = count_granted()};
}

static struct space *const a = &space[0], *const b = &space[1];

static void
start_one(void) {
    start_spaces();
    assert_int_equal(step_create(a), 0);
}

/* The byte at `addr` of a; negative: why it cannot be loaded. */
static int
load(uintptr_t addr) {
    int error = step_copy(a, FROM_USER, addr, 1, 0);
    return error != 0 ? error : got_bytes[0];
}

static int
store(struct space *s, uintptr_t addr, uint8_t byte) {
    return step_copy(s, TO_USER, addr, 1, byte);
}

static void
any_sequence_of_calls_does_what_the_model_says(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int run = 0; run < 40; run++) {
        start_spaces();
        for (int i = 0; i < 400; i++) {
            uint64_t r = host_random(&random);
            step((unsigned)(r & 0xff), (unsigned)(r >> 8 & 0xffff), (unsigned)(r >> 24 & 0xffff),
                 r >> 40 & 3 ? NEVER : (unsigned)(r >> 44 & 7));
        }
        finish_spaces();
    }
}

/* ---- where memory runs out ------------------------------------------------------------------- */

/* With 0, 1, 2 ... allocations `call` fails and changes nothing, until there are so many. */
#define assert_allocations(call, needed)                                                           \
    do {                                                                                           \
        int error_ = -E_NO_MEM;                                                                    \
        for (unsigned n_ = 0; error_ == -E_NO_MEM; n_++) {                                         \
            exhaust_heap();                                                                        \
            allocations_left = n_;                                                                 \
            error_ = (call);                                                                       \
            assert_int_equal(allocations_left, 0);                                                 \
            assert_int_equal(error_, n_ < (needed) ? -E_NO_MEM : 0);                               \
            allocations_left = NEVER;                                                              \
            refill_heap();                                                                         \
            check_everything();                                                                    \
        }                                                                                          \
    } while (0)

static void
where_memory_runs_out_at_any_allocation_of_a_call_nothing_has_changed(void **state) {
    (void)state;
    start_spaces();
    assert_allocations(step_create(a), 2); /* itself and the root */
    assert_allocations(step_map(a, LOW, 8 * P, RW), 1);
    assert_allocations(store(a, LOW, 1), 3); /* a page and two tables */
    assert_allocations(store(a, LOW + P, 2), 1);
    assert_allocations(step_unmap(a, LOW + 4 * P, P), 1);
    assert_allocations(step_map(a, HIGH - P, P, STACK), 1);
    assert_allocations(step_access(a, VM_READ, HIGH - 3 * P, false, 0), 3); /* it grows */
    assert_allocations(step_dup(b, a), 7); /* itself, root, ranges, twice two tables */
    assert_allocations(step_fault(b, VM_WRITE, LOW), 1);
    give_brk(b, LOW + 12 * P);
    assert_allocations(step_brk(b, LOW + 20 * P), 1);
    assert_int_equal(step_map(b, LOW + 20 * P, P, RW), 0);
    assert_allocations(step_brk(b, LOW + 19 * P), 1); /* a hole in what has become one */
    finish_spaces();
}

static void
a_copy_that_fails_on_its_second_page_has_written_the_first(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, LOW, 2 * P, RW), 0);
    allocations_left = 3;
    assert_int_equal(step_copy(a, TO_USER, LOW + P - 4, 8, 'a'), -E_NO_MEM);
    allocations_left = NEVER;
    check_everything();
    assert_int_equal(load(LOW + P - 1), 'd');
    assert_int_equal(load(LOW + P), 0);
    finish_spaces();
}

static void
what_was_made_reachable_is_copied_without_an_allocation(void **state) {
    (void)state;
    start_spaces();
    struct mm_struct *mm = mm_create();
    assert_int_equal(mm_map(mm, LOW, 2 * P, RW), 0);
    assert_int_equal(make_reachable(mm, VM_WRITE, LOW + P - 4, 8), 0);
    allocations_left = 0;
    assert_int_equal(copy_to_user(mm, LOW + P - 4, "eight...", 8), 0);
    assert_int_equal(make_reachable(mm, VM_WRITE, LOW + P - 4, 8), 0);
    assert_int_equal(make_reachable(mm, VM_READ, LOW + P, P + 1), -E_FAULT);
    assert_int_equal(make_reachable(mm, VM_EXEC, LOW, 1), -E_ACCESS);
    assert_int_equal(make_reachable(mm, VM_EXEC, LOW, P + 1), -E_ACCESS);
    allocations_left = NEVER;
    mm_destroy(mm);
    kmem_shrink();
    assert_int_equal(count_granted(), 0);
}

static void
copies_have_the_pages_of_a_shared_range_and_see_what_the_others_store(void **state) {
    (void)state;
    char byte;
    start_spaces();
    struct mm_struct *mm = mm_create();
    assert_int_equal(mm_map_shared(mm, LOW, 2 * P, VM_WRITE), 0);
    assert_int_equal(mm_map_shared(mm, LOW + 2 * P, P, VM_WRITE), 0);
    assert_int_equal(mm_map_shared(mm, LOW + P, P, VM_WRITE), -E_INVAL);
    assert_int_equal(mm_map_shared(mm, LOW + 8 * P, P, VM_WRITE | VM_STACK), -E_INVAL);
    assert_int_equal(mm_map(mm, LOW + 8 * P, P, RW | VM_SHARE), -E_INVAL);
    size_t before = count_granted();
    allocations_left = 1;
    assert_int_equal(mm_map_shared(mm, LOW + 4 * P, 2 * P, VM_WRITE), -E_NO_MEM);
    allocations_left = NEVER;
    assert_int_equal(count_granted(), before);
    assert_null(find_vma(&mm->vmas, LOW + 4 * P));
    struct mm_struct *copy = mm_dup(mm);
    assert_int_equal(copy_to_user(copy, LOW + P, "x", 1), 0);
    assert_int_equal(copy_to_user(mm, LOW + 2 * P, "y", 1), 0);
    assert_int_equal(copy_from_user(mm, &byte, LOW + P, 1), 0);
    assert_int_equal(byte, 'x');
    assert_int_equal(copy_from_user(copy, &byte, LOW + 2 * P, 1), 0);
    assert_int_equal(byte, 'y');
    mm_destroy(mm);
    assert_int_equal(copy_from_user(copy, &byte, LOW + P, 1), 0);
    assert_int_equal(byte, 'x');
    mm_destroy(copy);
    kmem_shrink();
    assert_int_equal(count_granted(), 0);
}

static void
a_space_that_several_have_goes_with_the_last(void **state) {
    (void)state;
    start_spaces();
    struct mm_struct *mm = mm_create();
    assert_ptr_equal(mm_share(mm), mm);
    assert_int_equal(mm_map(mm, LOW, P, RW), 0);
    mm_destroy(mm);
    assert_int_equal(copy_to_user(mm, LOW, "x", 1), 0);
    mm_destroy(mm);
    kmem_shrink();
    assert_int_equal(count_granted(), 0);
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static void
equal_neighbours_become_one_range_and_a_hole_makes_two_of_it(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, LOW, P, RW), 0);
    assert_int_equal(step_map(a, LOW + 2 * P, P, RW), 0);
    assert_int_equal(step_map(a, LOW + 3 * P, P, VM_READ), 0);
    assert_int_equal(ranges(a), 3);
    assert_int_equal(step_map(a, LOW + P, P, VM_WRITE), 0);
    assert_int_equal(ranges(a), 2);
    check_everything();
    assert_int_equal(store(a, LOW + P, 7), 0);
    assert_int_equal(step_unmap(a, LOW + P, P), 0);
    assert_int_equal(ranges(a), 3);
    assert_int_equal(load(LOW + P), -E_FAULT);
    assert_int_equal(step_map(a, LOW + P, P, RW), 0);
    assert_int_equal(load(LOW + P), 0);
    check_everything();
    finish_spaces();
}

static void
what_wraps_or_leaves_what_a_program_may_have_is_refused(void **state) {
    (void)state;
    start_one();
    static const uintptr_t wrong[][2] = {{USER_BASE - PGSIZE, PGSIZE},
                                         {USER_TOP, PGSIZE},
                                         {USER_TOP - PGSIZE, 2 * PGSIZE},
                                         {USER_BASE, SIZE_MAX - USER_BASE + 1},
                                         {USER_BASE, -(size_t)PGSIZE},
                                         {-(size_t)PGSIZE, PGSIZE},
                                         {USER_BASE, 0},
                                         {USER_BASE + 1, PGSIZE},
                                         {USER_BASE, PGSIZE + 1},
                                         {LINEAR_BASE, PGSIZE}};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        assert_int_equal(step_map(a, wrong[i][0], wrong[i][1], RW), -E_INVAL);
        assert_int_equal(step_unmap(a, wrong[i][0], wrong[i][1]), -E_INVAL);
    }
    assert_int_equal(step_map(a, LOW, HIGH - LOW, RW), 0);
    static const uintptr_t at[] = {0, USER_BASE - 1, USER_TOP, (uintptr_t)1 << 38, LINEAR_BASE};
    for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
        assert_int_equal(step_copy(a, TO_USER, at[i], SIZE_MAX, 0), -E_FAULT);
        assert_int_equal(step_copy(a, FROM_USER, at[i], SIZE_MAX, 0), -E_FAULT);
        assert_int_equal(step_copy(a, TEXT, at[i], SIZE_MAX, 0), -E_FAULT);
    }
    assert_int_equal(step_copy(a, TO_USER, HIGH - 4, 8, 1), -E_FAULT);
    assert_int_equal(load(HIGH - 1), 4);
    assert_int_equal(step_copy(a, TO_USER, UINTPTR_MAX, 0, 0), 0);
    check_everything();
    finish_spaces();
}

static void
a_text_ends_with_its_0_or_does_not_fit(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, LOW, 2 * P, RW), 0);
    assert_int_equal(step_copy(a, TO_USER, LOW + P - 3, 5, 'a'), 0);
    assert_int_equal(step_copy(a, TEXT, LOW + P - 3, 20, 0), 5);
    assert_string_equal((char *)got_bytes, "abcde");
    assert_int_equal(step_copy(a, TEXT, LOW + P - 3, 6, 0), 5);
    assert_int_equal(step_copy(a, TEXT, LOW + P - 3, 5, 0), -E_INVAL);
    assert_int_equal(step_copy(a, TEXT, LOW + P - 3, 3, 0), -E_INVAL);
    assert_int_equal(step_copy(a, TEXT, LOW, 0, 0), -E_INVAL);
    finish_spaces();
}

/* Upwards in the space, downwards in memory. */
static void
a_text_over_pages_that_lie_apart_is_copied_whole(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, LOW, 4 * P, RW), 0);
    for (uintptr_t la = LOW + 4 * P; la > LOW; la -= P) {
        assert_int_equal(store(a, la - P, 1), 0);
    }
    assert_int_equal(step_copy(a, TO_USER, LOW + P - 3, 2 * P + 7, 'a'), 0);
    assert_int_equal(step_copy(a, TEXT, LOW + P - 3, MOST_BYTES, 0), 2 * P + 7);
    finish_spaces();
}

static void
a_break_moved_within_a_page_keeps_it_and_below_it_loses_it(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_brk(a, LOW), -E_INVAL); /* it has no heap */
    assert_int_equal(step_brk(a, 0), -E_INVAL);
    give_brk(a, LOW + 100);
    assert_int_equal(step_brk(a, LOW + P + 1), 0);
    assert_int_equal(store(a, LOW + P, 7), 0);
    assert_int_equal(step_brk(a, LOW + 2 * P), 0);
    assert_int_equal(step_brk(a, LOW + P + 1), 0);
    assert_int_equal(load(LOW + P), 7);
    assert_int_equal(step_brk(a, LOW + P), 0);
    assert_int_equal(load(LOW + P), -E_FAULT);
    assert_int_equal(step_brk(a, LOW + 99), -E_INVAL);
    assert_int_equal(step_brk(a, HIGH + 1), -E_INVAL);
    assert_int_equal(step_brk(a, UINTPTR_MAX), -E_INVAL);
    assert_int_equal(step_map(a, LOW + 3 * P, P, VM_READ), 0);
    assert_int_equal(step_brk(a, LOW + 4 * P), -E_INVAL);
    check_everything();
    finish_spaces();
}

/* ---- stacks ---------------------------------------------------------------------------------- */

static void
a_stack_grows_down_to_its_limit_and_no_further(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, HIGH - P, P, STACK), 0);
    assert_int_equal(step_fault(a, VM_WRITE, HIGH - USER_STACK_MAX - 1), -E_FAULT);
    assert_int_equal(step_fault(a, VM_EXEC, HIGH - USER_STACK_MAX), -E_ACCESS);
    assert_int_equal(ranges(a), 1);
    assert_int_equal(range_end(a, CELLS - 1), CELLS);
    assert_int_equal(step_fault(a, VM_WRITE, HIGH - USER_STACK_MAX), 0);
    assert_int_equal(vma_end(&a->mm->vmas, 0)->start, HIGH - USER_STACK_MAX);
    assert_int_equal(mm_find_free(a->mm, P), HIGH - USER_STACK_MAX - STACK_GUARD - P);
    check_everything();
    finish_spaces();
}

static void
between_a_stack_and_what_is_below_the_guard_stays_free(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, HIGH - P, P, STACK), 0);
    assert_int_equal(step_map(a, HIGH - 2 * P, P, RW), -E_INVAL);
    assert_int_equal(step_map(a, HIGH - P - STACK_GUARD, P, RW), -E_INVAL);
    assert_int_equal(step_map(a, HIGH - 4 * P - STACK_GUARD, P, RW), 0);
    assert_int_equal(step_fault(a, VM_WRITE, HIGH - 3 * P), 0);
    assert_int_equal(step_fault(a, VM_WRITE, HIGH - 3 * P - 1), -E_FAULT);
    check_everything();
    finish_spaces();
}

static void
a_stack_at_the_lowest_address_ends_there(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, LOW + P, P, STACK), 0);
    assert_int_equal(step_fault(a, VM_WRITE, LOW - 1), -E_FAULT);
    assert_int_equal(step_fault(a, VM_WRITE, LOW), 0);
    assert_int_equal(step_fault(a, VM_WRITE, LOW - 1), -E_FAULT);
    assert_int_equal(mm_find_free(a->mm, HIGH - LOW - 2 * P), LOW + 2 * P);
    assert_int_equal(mm_find_free(a->mm, HIGH - LOW - P), 0);
    check_everything();
    finish_spaces();
}

static void
a_stack_longer_than_it_may_grow_keeps_its_guard(void **state) {
    (void)state;
    start_one();
    assert_int_equal(step_map(a, HIGH - USER_STACK_MAX - P, USER_STACK_MAX + P, STACK), 0);
    uintptr_t place = mm_find_free(a->mm, P);
    assert_int_equal(place, HIGH - USER_STACK_MAX - 2 * P - STACK_GUARD);
    assert_int_equal(step_map(a, place, P, RW), 0);
    finish_spaces();
}

/* ---- words ----------------------------------------------------------------------------------- */

static void
assert_described(uintptr_t addr, const char *words) {
    char text[80];
    assert_int_equal(mm_describe(a->mm, addr, text, sizeof(text)), strlen(words));
    assert_string_equal(text, words);
}

static void
an_address_is_described_in_words(void **state) {
    (void)state;
    start_one();
    assert_described(LOW, "nothing is mapped");
    assert_int_equal(step_map(a, LOW + 4 * P, P, VM_READ | VM_EXEC), 0);
    assert_int_equal(step_map(a, HIGH - P, P, VM_WRITE | VM_STACK), 0);
    assert_int_equal(step_map(a, LOW + 5 * P, P, 0), 0);
    assert_described(LOW + 4 * P - 1, "nothing is mapped");
    assert_described(LOW + 5 * P - 1, "R-X, 0x204000..0x205000");
    assert_described(LOW + 5 * P, "---, 0x205000..0x206000");
    assert_described(HIGH - 1, "RW-, 0x7ffff000..0x80000000");
    assert_described(HIGH, "beyond what a program may have");
    assert_described(0, "nothing is mapped (NULL)");
    assert_described(P, "nothing is mapped");
    assert_described(HIGH - USER_STACK_MAX - STACK_GUARD,
                     "below the stack, which cannot grow so far");
    assert_described(HIGH - USER_STACK_MAX - STACK_GUARD - 1, "nothing is mapped");
    for (size_t i = 0; i < 4; i++) { /* cut off, as snprintf does */
        static const uintptr_t at[] = {LOW, LOW + 4 * P, HIGH - 2 * P, HIGH};
        char text[6] = "12345";
        assert_true(mm_describe(a->mm, at[i], text, 4) > 4);
        assert_int_equal(text[3], 0);
        assert_int_equal(text[4], '5');
    }
    finish_spaces();
}

/* ---- the course's checks --------------------------------------------------------------------- */

/* It says so where memory runs out, and succeeds with so many allocations. All pages come back. */
static void
assert_checks(const char *name, int (*check)(void), unsigned allocations) {
    int error = -E_NO_MEM;
    start_spaces();
    for (unsigned n = 0; error != 0; n++) {
        char right[80];
        printed[0] = '\0';
        allocations_left = n;
        error = check();
        snprintf(right, sizeof(right), "%s() %s\n", name,
                 error == 0 ? "succeeded!" : "was cut short: no memory");
        assert_string_equal(printed, right);
        assert_int_equal(allocations_left, 0);
        assert_int_equal(error, n < allocations ? -E_NO_MEM : 0);
        assert_int_equal(count_granted(), 0);
    }
}

static void
check_vma_struct_succeeds_or_says_that_memory_ran_out(void **state) {
    (void)state;
    assert_checks("check_vma_struct", check_vma_struct, 2); /* slabs */
}

static void
check_pgfault_succeeds_or_says_that_memory_ran_out(void **state) {
    (void)state;
    assert_checks("check_pgfault", check_pgfault, 21);
}

static void
check_vmm_succeeds_or_says_that_memory_ran_out(void **state) {
    (void)state;
    assert_checks("check_vmm", check_vmm, 12);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_calls_does_what_the_model_says),
        cmocka_unit_test(where_memory_runs_out_at_any_allocation_of_a_call_nothing_has_changed),
        cmocka_unit_test(a_copy_that_fails_on_its_second_page_has_written_the_first),
        cmocka_unit_test(equal_neighbours_become_one_range_and_a_hole_makes_two_of_it),
        cmocka_unit_test(what_wraps_or_leaves_what_a_program_may_have_is_refused),
        cmocka_unit_test(a_text_ends_with_its_0_or_does_not_fit),
        cmocka_unit_test(a_text_over_pages_that_lie_apart_is_copied_whole),
        cmocka_unit_test(a_break_moved_within_a_page_keeps_it_and_below_it_loses_it),
        cmocka_unit_test(a_stack_grows_down_to_its_limit_and_no_further),
        cmocka_unit_test(between_a_stack_and_what_is_below_the_guard_stays_free),
        cmocka_unit_test(a_stack_at_the_lowest_address_ends_there),
        cmocka_unit_test(a_stack_longer_than_it_may_grow_keeps_its_guard),
        cmocka_unit_test(an_address_is_described_in_words),
        cmocka_unit_test(what_was_made_reachable_is_copied_without_an_allocation),
        cmocka_unit_test(a_space_that_several_have_goes_with_the_last),
        cmocka_unit_test(copies_have_the_pages_of_a_shared_range_and_see_what_the_others_store),
        cmocka_unit_test(check_vma_struct_succeeds_or_says_that_memory_ran_out),
        cmocka_unit_test(check_pgfault_succeeds_or_says_that_memory_ran_out),
        cmocka_unit_test(check_vmm_succeeds_or_says_that_memory_ran_out),
    };
    return host_test_main("vmm", tests, ARRAY_SIZE(tests), argc, argv);
}
