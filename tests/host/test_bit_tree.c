/* test_bit_tree.c - kern/mm/bit_tree.h against an array of booleans, at and around powers of 64. */
#include "host_test.h"

#include "bit_tree.h"
#include "host_env.h"

#define MOST  (64 * 64 * 64 + 1)
#define STEPS 400

static bool in[MOST];
static size_t members;
static struct bit_tree tree;
static uint64_t *memory; /* no larger than it must be, and not empty */

static void
begin(size_t n) {
    size_t bytes = tree_words(n) * sizeof(uint64_t);
    free(memory);
    memory = malloc(bytes);
    assert_non_null(memory);
    memset(memory, 0xa5, bytes);
    memset(in, 0, sizeof(in));
    members = 0;
    tree_init(&tree, n, memory);
}

static void
add(size_t i) {
    assert_false(tree_has(&tree, i));
    tree_add(&tree, i);
    in[i] = true;
    members++;
    assert_true(tree_has(&tree, i));
}

static void
take_out(size_t i) {
    assert_true(tree_has(&tree, i));
    members--;
    assert_int_equal(tree_remove(&tree, i), members == 0);
    in[i] = false;
    assert_false(tree_has(&tree, i));
}

/* The lowest member from i on, or n. */
static size_t
member_from(size_t i, size_t n) {
    while (i < n && !in[i]) {
        i++;
    }
    return i;
}

/* T1, T3: what is not 0 is reported all the way up; nothing is below `low`. */
static void
check_levels(size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t l = 0, w = i; in[i] && l <= tree.top; l++, w /= 64) {
            assert_true((tree.level[l][w / 64] >> w % 64 & 1) != 0);
        }
        assert_true(!in[i] || tree.low <= i / 64);
    }
    assert_int_equal(tree.n, members);
    assert_true((tree.low == SIZE_MAX) == (members == 0));
}

static void
check_members(size_t n) {
    check_levels(n);
    if (members == 0) {
        return;
    }
    size_t i = member_from(0, n);
    assert_int_equal(tree_lowest(&tree), i);
    for (; i < n; i = member_from(i + 1, n)) {
        size_t next = member_from(i + 1, n);
        assert_int_equal(tree_next(&tree, i), next == n ? SIZE_MAX : next);
    }
}

static void
it_is_the_set_that_it_should_be_after_any_calls(void **state) {
    (void)state;
    static const size_t sizes[] = {1,    2,    63,   64,   65,     127,    128,
                                   4095, 4096, 4097, 8192, 262143, 262144, 262145};
    uint64_t random = 7;
    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        size_t n = sizes[s];
        begin(n);
        assert_int_equal(&tree.level[tree.top][1] - memory, tree_words(n));
        for (unsigned step = 0; step < STEPS; step++) {
            size_t i = host_random(&random) % n;
            if (step % 50 > 25 && members > 0) { /* from the bottom, as most are taken */
                i = tree_lowest(&tree);
            } else if (host_random(&random) % 4 == 0) {
                i = host_random(&random) % 2 == 0 ? 0 : n - 1;
            }
            if (in[i]) {
                take_out(i);
            } else {
                add(i);
            }
            if (n <= 128 || step % 50 == 49) {
                check_members(n);
            }
        }
    }
}

/* What was emptied stays reported until a search goes there in vain, and then no longer. */
static void
a_search_is_not_sent_to_an_empty_word_twice(void **state) {
    (void)state;
    size_t n = MOST, far = MOST - 1;
    begin(n);
    for (size_t i = 0; i < n; i += 64) {
        add(i);
    }
    for (size_t i = 64; i < far; i += 64) {
        take_out(i);
    }
    assert_int_equal(tree_next(&tree, 0), far);
    for (size_t w = 1; w < far / 64; w++) {
        assert_int_equal(tree.level[1][w / 64] >> w % 64 & 1, 0);
    }
    for (size_t i = 1; i < far / 4096; i++) {
        assert_int_equal(tree.level[2][i / 64] >> i % 64 & 1, 0);
    }
    add(4096);
    assert_int_equal(tree_next(&tree, 0), 4096);
    assert_int_equal(tree_next(&tree, 4096), far);
}

/* T2: a 64th part of memory is written to begin with. */
static void
words_of_the_lowest_level_are_not_cleared(void **state) {
    (void)state;
    begin(MOST);
    for (size_t w = 0; w < MOST / 64; w++) {
        assert_int_equal(tree.level[0][w], 0xa5a5a5a5a5a5a5a5);
        assert_false(tree_has(&tree, 64 * w));
    }
    add(64 * 64 + 1);
    assert_int_equal(tree.level[0][64], 2);
    assert_int_equal(tree.level[0][63], 0xa5a5a5a5a5a5a5a5);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_the_set_that_it_should_be_after_any_calls),
    cmocka_unit_test(a_search_is_not_sent_to_an_empty_word_twice),
    cmocka_unit_test(words_of_the_lowest_level_are_not_cleared),
};

int
main(int argc, char **argv) {
    return host_test_main("bit_tree", tests, ARRAY_SIZE(tests), argc, argv);
}
