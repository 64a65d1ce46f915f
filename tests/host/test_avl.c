/*
 * test_avl.c - libs/avl.c: every step from every small tree, and long sequences of steps.
 *
 * A tree of n elements holds the keys 0, 2, 4 ...; whether it is right is seen by
 * code of the test's own after each step.
 */
#include "host_env.h"

#include "avl.h"

#define MOST    1000 /* elements */
#define SMALL   13   /* elements of the trees of which there is every one */
#define LEVELS  6    /* of these trees, an empty one included */
#define KEY_END (2 * MOST)

static struct item {
    struct avl_node node;
    int key;
} items[KEY_END]; /* by key */

static struct avl_tree tree;
static bool there[KEY_END]; /* the model: which keys the tree must hold */
static size_t nthere;

static int
key_of(const struct avl_node *node) {
    return to_struct(node, struct item, node)->key;
}

/* ---- is it right? ---------------------------------------------------------------------------- */

/* The n keys below `node` are those of the model from *at on, which is moved on. The height. */
static int
check_below(const struct avl_node *node, const struct avl_node *parent, int *at, size_t *n) {
    if (node == NULL) {
        return 0;
    }
    assert_ptr_equal(node->parent, parent);
    int low = check_below(node->child[0], node, at, n);
    while (*at < KEY_END && !there[*at]) {
        ++*at;
    }
    assert_int_equal(key_of(node), *at);
    ++*at;
    ++*n;
    int high = check_below(node->child[1], node, at, n);
    assert_true(low - high >= -1 && low - high <= 1);
    assert_int_equal(node->height, 1 + (low > high ? low : high));
    return node->height;
}

/* Fewer elements make no tree of that height: F(h) = F(h - 1) + F(h - 2) + 1. */
static size_t
fewest(int height) {
    size_t f[2] = {0, 1};
    for (int h = 1; h < height; h++) {
        size_t next = f[0] + f[1] + 1;
        f[0] = f[1];
        f[1] = next;
    }
    return height == 0 ? 0 : f[1];
}

/* From one end to the other by avl_next: every key, and no other. */
static void
check_walk(int side) {
    int key = side == 1 ? -1 : KEY_END;
    int step = side == 1 ? 1 : -1;
    for (struct avl_node *node = avl_end(&tree, !side);; node = avl_next(node, side)) {
        do {
            key += step;
        } while (key >= 0 && key < KEY_END && !there[key]);
        if (node == NULL) {
            assert_true(key == -1 || key == KEY_END);
            return;
        }
        assert_int_equal(key_of(node), key);
    }
}

static void
check_tree(void) {
    int at = 0;
    size_t n = 0;
    int height = check_below(tree.root, NULL, &at, &n);
    assert_int_equal(n, nthere);
    assert_true(n >= fewest(height));
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void
insert(int key) {
    struct avl_node *parent = NULL;
    int side = 0;
    for (struct avl_node *at = tree.root; at != NULL; at = at->child[side]) {
        parent = at;
        side = key > key_of(at);
    }
    memset(&items[key].node, 0xc7, sizeof(items[key].node));
    items[key].key = key;
    there[key] = true;
    nthere++;
    avl_insert(&tree, &items[key].node, parent, side);
}

static void
take_out(int key) {
    there[key] = false;
    nthere--;
    avl_remove(&tree, &items[key].node);
    memset(&items[key].node, 0xc7, sizeof(items[key].node));
}

static void
empty_tree(void) {
    tree.root = NULL;
    nthere = 0;
    memset(there, 0, sizeof(there));
}

/* ---- every small tree ------------------------------------------------------------------------ */

/* How the heights of the two subtrees may differ from that of the whole. */
static const int less[3][2] = {{1, 1}, {1, 2}, {2, 1}};

/* How many balanced trees of n elements have that height. */
static size_t
shapes(int height, int n) {
    static size_t known[LEVELS][SMALL + 1]; /* and one more */
    if (height <= 0 || n == 0) {
        return height == 0 && n == 0;
    }
    size_t *found = &known[height][n];
    if (*found != 0) {
        return *found - 1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(less); i++) {
        for (int low = 0; low < n; low++) {
            *found += shapes(height - less[i][0], low) * shapes(height - less[i][1], n - 1 - low);
        }
    }
    return (*found)++;
}

/* The which-th of them, with the keys from 2 * first on, which join the model. */
static struct avl_node *
build(int height, int n, size_t which, int first) {
    if (n == 0) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(less); i++) {
        int lower = height - less[i][0], higher = height - less[i][1];
        for (int low = 0; low < n; low++) {
            size_t of_low = shapes(lower, low), of_both = of_low * shapes(higher, n - 1 - low);
            if (which >= of_both) {
                which -= of_both;
                continue;
            }
            struct item *top = &items[2 * (first + low)];
            *top = (struct item){.node.height = height, .key = 2 * (first + low)};
            there[top->key] = true;
            nthere++;
            top->node.child[0] = build(lower, low, which % of_low, first);
            top->node.child[1] = build(higher, n - 1 - low, which / of_low, first + low + 1);
            for (int side = 0; side < 2; side++) {
                if (top->node.child[side] != NULL) {
                    top->node.child[side]->parent = &top->node;
                }
            }
            return &top->node;
        }
    }
    fail_msg("there are not so many");
    return NULL;
}

/* By induction, this is every sequence of steps that never has more elements. */
static void
every_step_from_every_small_tree_leaves_it_ordered_and_balanced(void **state) {
    (void)state;
    size_t trees = 0;
    empty_tree();
    check_walk(0);
    check_walk(1);
    for (int n = 0; n <= SMALL; n++) {
        for (int height = 0; height < LEVELS; height++) {
            for (size_t which = 0; which < shapes(height, n); which++, trees++) {
                for (int key = -1; key <= 2 * n - 1; key++) {
                    empty_tree();
                    tree.root = build(height, n, which, 1);
                    int at = key + 2; /* odd: between the elements */
                    if (at % 2 == 0) {
                        take_out(at);
                    } else {
                        insert(at);
                    }
                    check_tree();
                }
                check_walk(0);
                check_walk(1);
            }
        }
    }
    assert_int_equal(trees,
                     902); /* 1 + 1 + 2 + 1 + 4 + 6 + 4 + 17 + 32 + 44 + 60 + 70 + 184 + 476 */
}

/* ---- long sequences -------------------------------------------------------------------------- */

static void
a_thousand_elements_in_any_order_are_ordered_and_balanced_after_each_step(void **state) {
    (void)state;
    uint64_t random = 1;
    empty_tree();
    for (int i = 0; i < 4000; i++) {
        uint64_t r = host_random(&random);
        int key = (int)(r % MOST), last = i / 1000 % 2 == 0 ? MOST : 0;
        if (!there[key]) { /* growing, then shrinking */
            insert(key);
        } else if (last == 0 || r >> 40 & 1) {
            take_out(key);
        }
        check_tree();
    }
    check_walk(0);
    check_walk(1);
}

static void
in_order_or_against_it_a_thousand_elements_are_ten_deep(void **state) {
    (void)state;
    for (int down = 0; down < 2; down++) {
        empty_tree();
        for (int i = 0; i < MOST; i++) {
            insert(down ? MOST - 1 - i : i);
        }
        check_tree();
        assert_int_equal(tree.root->height, 10);
        for (int i = 0; i < MOST; i++) {
            take_out(i);
            if (i % 10 == 0) {
                check_tree();
            }
        }
        assert_null(tree.root);
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_from_every_small_tree_leaves_it_ordered_and_balanced),
        cmocka_unit_test(a_thousand_elements_in_any_order_are_ordered_and_balanced_after_each_step),
        cmocka_unit_test(in_order_or_against_it_a_thousand_elements_are_ten_deep),
    };
    return host_test_main("avl", tests, ARRAY_SIZE(tests), argc, argv);
}
