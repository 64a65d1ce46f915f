/* test_list.c - libs/list.h: the circular list. */
#include "host_test.h"

#include "list.h"

struct item {
    int number;
    list_entry_t link;
};

#define NITEMS 16

static struct item *
item_of(list_entry_t *le) {
    return to_struct(le, struct item, link);
}

/* The list holds exactly these numbers, and reads the same backwards. */
static void
assert_list_is(list_entry_t *head, const int *numbers, size_t n) {
    size_t i = 0;
    list_for_each (le, head) {
        assert_true(i < n);
        assert_int_equal(item_of(le)->number, numbers[i]);
        i++;
    }
    assert_int_equal(i, n);
    for (list_entry_t *le = list_prev(head); le != head; le = list_prev(le)) {
        assert_int_equal(item_of(le)->number, numbers[--i]);
    }
    assert_int_equal(i, 0);
}

/* Items 0..n-1, in this order. */
static void
fill(list_entry_t *head, struct item *items, int n) {
    list_init(head);
    for (int i = 0; i < n; i++) {
        items[i].number = i;
        list_add_before(head, &items[i].link);
    }
}

static void
a_new_list_is_empty(void **state) {
    (void)state;
    list_entry_t head;

    list_init(&head);

    assert_true(list_empty(&head));
    assert_ptr_equal(list_next(&head), &head);
    assert_ptr_equal(list_prev(&head), &head);
}

static void
elements_added_before_the_head_stand_oldest_first(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[3];

    fill(&head, items, 3);

    assert_false(list_empty(&head));
    assert_list_is(&head, (int[]){0, 1, 2}, 3);
}

static void
elements_added_after_the_head_stand_newest_first(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[] = {{.number = 0}, {.number = 1}, {.number = 2}};
    list_init(&head);

    list_add_after(&head, &items[0].link);
    list_add_after(&head, &items[1].link);
    list_add(&head, &items[2].link);

    assert_list_is(&head, (int[]){2, 1, 0}, 3);
}

static void
an_element_can_be_put_between_two_others(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[2];
    struct item third = {.number = 9};
    struct item fourth = {.number = 8};
    fill(&head, items, 2);

    list_add_after(&items[0].link, &third.link);
    list_add_before(&items[1].link, &fourth.link);

    assert_list_is(&head, (int[]){0, 9, 8, 1}, 4);
}

static void
a_deleted_element_leaves_its_neighbours_linked(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[3];
    fill(&head, items, 3);

    list_del(&items[1].link);

    assert_list_is(&head, (int[]){0, 2}, 2);
}

static void
a_list_is_empty_again_after_its_last_element(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[2];
    fill(&head, items, 2);

    list_del(&items[0].link);
    list_del(&items[1].link);

    assert_true(list_empty(&head));
}

static void
an_element_deleted_with_init_can_be_deleted_again(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[3];
    fill(&head, items, 3);

    list_del_init(&items[1].link);
    list_del_init(&items[1].link);

    assert_true(list_empty(&items[1].link));
    assert_list_is(&head, (int[]){0, 2}, 2);
}

static void
the_struct_is_found_from_its_link(void **state) {
    (void)state;
    struct item item = {.number = 7};

    struct item *found = to_struct(&item.link, struct item, link);

    assert_ptr_equal(found, &item);
}

/* `numbers` without the one at `at`, which is returned. */
static int
take_out(int *numbers, size_t n, size_t at) {
    int taken = numbers[at];
    memmove(&numbers[at], &numbers[at + 1], (n - at - 1) * sizeof(*numbers));
    return taken;
}

static void
random_moves_agree_with_an_array(void **state) {
    (void)state;
    list_entry_t head;
    struct item items[NITEMS];
    int model[NITEMS];
    uint64_t random = 1;
    fill(&head, items, NITEMS);
    for (int i = 0; i < NITEMS; i++) {
        model[i] = i;
    }

    for (int round = 0; round < 2000; round++) {
        size_t from = host_random(&random) % NITEMS;
        size_t to = host_random(&random) % (NITEMS - 1);
        int moved = take_out(model, NITEMS, from);
        list_del(&items[moved].link);
        if (host_random(&random) % 2 == 0) {
            list_add_before(&items[model[to]].link, &items[moved].link);
        } else {
            list_add_after(&items[model[to++]].link, &items[moved].link);
        }
        memmove(&model[to + 1], &model[to], (NITEMS - 1 - to) * sizeof(*model));
        model[to] = moved;
        assert_list_is(&head, model, NITEMS);
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_list_is_empty),
        cmocka_unit_test(elements_added_before_the_head_stand_oldest_first),
        cmocka_unit_test(elements_added_after_the_head_stand_newest_first),
        cmocka_unit_test(an_element_can_be_put_between_two_others),
        cmocka_unit_test(a_deleted_element_leaves_its_neighbours_linked),
        cmocka_unit_test(a_list_is_empty_again_after_its_last_element),
        cmocka_unit_test(an_element_deleted_with_init_can_be_deleted_again),
        cmocka_unit_test(the_struct_is_found_from_its_link),
        cmocka_unit_test(random_moves_agree_with_an_array),
    };
    return host_test_main("list", tests, ARRAY_SIZE(tests), argc, argv);
}
