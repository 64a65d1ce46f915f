/* test_buddy.c - what is special to the buddy system: orders, buddies, compounds. */
#include "host_test.h"

#include "buddy_system_pmm.h"
#include "host_env.h"
#include "stdio.h"

#define NFRAMES 4096

static struct Page frames[NFRAMES];
static const struct pmm_manager *const m = &buddy_system_pmm_manager;

struct Page *pages = frames;
size_t npage, nbase;
uint64_t va_pa_offset;

int
cprintf(const char *fmt, ...) {
    (void)fmt;
    return 0;
}

/* n frames from page number `first` on, of pages[] that begins at `base`. */
static void
start(size_t base, size_t first, size_t n) {
    nbase = base;
    npage = base + NFRAMES;
    for (size_t i = 0; i < NFRAMES; i++) {
        frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
    m->init();
    m->init_memmap(&frames[first - base], n);
}

static size_t free_blocks[MAX_ORDER];

static void
count_block(struct Page *head, size_t n, void *arg) {
    (void)arg;
    unsigned k = 0;
    while ((size_t)1 << k < n) {
        k++;
    }
    assert_int_equal((size_t)1 << k, n);
    assert_int_equal(page2ppn(head) % n, 0);
    free_blocks[k]++;
}

static void
count_blocks(void) {
    memset(free_blocks, 0, sizeof(free_blocks));
    m->for_each_free(count_block, NULL);
}

static void
memory_is_cut_into_the_largest_aligned_blocks(void **state) {
    (void)state;
    start(0, 7, 1024 + 1); /* 7, 8..15, 16..31 ... 512..1023, 1024..1031 */
    count_blocks();
    static const size_t expected[MAX_ORDER] = {1, 0, 0, 2, 1, 1, 1, 1, 1, 1, 0};
    assert_memory_equal(free_blocks, expected, sizeof(expected));
    assert_int_equal(m->nr_free_pages(), 1025);
}

static void
blocks_are_aligned_to_the_page_number_and_not_to_the_range(void **state) {
    (void)state;
    start(0x80003, 0x80003, 13); /* up to 0x80010: 3, 4..7, 8..15 */
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    assert_int_equal(free_blocks[2], 1);
    assert_int_equal(free_blocks[3], 1);
}

static void
requests_are_rounded_up_to_a_power_of_two(void **state) {
    (void)state;
    static const size_t expected[][2] = {{1, 1}, {2, 2}, {27, 32}, {66, 128}, {1024, 1024}};
    start(0, 0, 2048);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        size_t before = m->nr_free_pages();
        assert_int_equal(m->grant(expected[i][0]), expected[i][1]);
        assert_non_null(m->alloc_pages(expected[i][0]));
        assert_int_equal(before - m->nr_free_pages(), expected[i][1]);
    }
}

static void
more_than_the_top_order_is_refused(void **state) {
    (void)state;
    start(0, 0, 4096);
    assert_int_equal(m->grant(1025), 0);
    assert_int_equal(m->grant(0), 0);
    assert_null(m->alloc_pages(1025));
    assert_null(m->alloc_pages(SIZE_MAX));
    assert_int_equal(m->nr_free_pages(), 4096);
}

/* Pages 2..3 and 4..5 touch, but the buddy of 2 is 0, and that of 4 is 6. */
static void
equal_neighbours_that_are_not_buddies_stay_two(void **state) {
    (void)state;
    static const size_t orders[2][2] = {{2, 4}, {4, 2}};
    for (size_t way = 0; way < 2; way++) {
        start(0, 0, 16);
        for (size_t i = 0; i < 8; i++) {
            assert_non_null(m->alloc_pages(2));
        }
        m->free_pages(&frames[orders[way][0]], 2);
        m->free_pages(&frames[orders[way][1]], 2);
        count_blocks();
        assert_int_equal(free_blocks[1], 2);
        assert_int_equal(free_blocks[2], 0);
        assert_null(m->alloc_pages(4));
    }
}

static void
buddies_merge_all_the_way_up(void **state) {
    (void)state;
    static struct Page *p[1024];
    start(0, 0, 1024);
    for (size_t i = 0; i < 1024; i++) {
        p[i] = m->alloc_pages(1);
        assert_non_null(p[i]);
    }
    assert_null(m->alloc_pages(1));
    for (size_t i = 0; i < 1024; i++) {
        m->free_pages(p[i * 389 % 1024], 1); /* 389 is odd: every page once */
    }
    count_blocks();
    assert_int_equal(free_blocks[10], 1);
}

static void
top_blocks_side_by_side_do_not_merge(void **state) {
    (void)state;
    start(0, 0, 2048);
    count_blocks();
    assert_int_equal(free_blocks[10], 2);
}

static void
a_free_buddy_of_another_order_is_not_merged(void **state) {
    (void)state;
    start(0, 0, 4);
    struct Page *low = m->alloc_pages(1);
    struct Page *next = m->alloc_pages(1);
    struct Page *high = m->alloc_pages(2);
    assert_non_null(next);
    m->free_pages(low, 1);
    m->free_pages(high, 2);
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    assert_int_equal(free_blocks[1], 1);
}

/* Frames come in as they are left: a range is cut into its final blocks, and nothing else is
 * written. */
static void
frames_are_taken_in_clean(void **state) {
    (void)state;
    nbase = 0;
    npage = NFRAMES;
    for (size_t first = 0; first < 20; first++) {
        for (size_t n = 1; n < 40; n++) {
            for (size_t i = 0; i < 64; i++) {
                frames[i] =
                    (struct Page){.flags = (uint64_t)1 << PG_reserved, .property = 5, .ref = 7};
            }
            m->init();
            m->init_memmap(&frames[first], n);
            assert_int_equal(m->nr_free_pages(), n);
            count_blocks();
            for (size_t i = 0; i < 64; i++) {
                bool given = i >= first && i < first + n;
                bool head = PageProperty(&frames[i]);
                assert_int_equal(PageReserved(&frames[i]), !given);
                assert_int_equal(frames[i].ref, given ? 0 : 7);
                assert_true(given || !head);
                assert_true(head || frames[i].property == (given ? 0 : 5));
            }
        }
    }
}

static void
of_blocks_of_one_order_the_one_freed_last_is_granted_first(void **state) {
    (void)state;
    static const size_t freed[] = {12, 4, 20, 8};
    start(0, 0, 32);
    while (m->nr_free_pages() > 0) {
        m->alloc_pages(2);
    }
    for (size_t i = 0; i < ARRAY_SIZE(freed); i++) {
        m->free_pages(&frames[freed[i]], 2);
    }
    for (size_t i = ARRAY_SIZE(freed); i-- > 0;) {
        assert_ptr_equal(m->alloc_pages(2), &frames[freed[i]]);
    }
}

/* What stands in the descriptor of a frame that no policy was given is nobody's business. */
static void
a_frame_that_was_never_given_is_no_buddy(void **state) {
    (void)state;
    start(0, 0, 7);
    frames[7].property = 1;
    struct Page *p[7];
    for (size_t i = 0; i < 7; i++) {
        p[i] = m->alloc_pages(1);
    }
    for (size_t i = 0; i < 7; i++) {
        m->free_pages(p[i], 1);
    }
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    assert_int_equal(free_blocks[1], 1);
    assert_int_equal(free_blocks[2], 1);
    assert_int_equal(frames[7].flags, (uint64_t)1 << PG_reserved);
}

static void
every_page_of_a_compound_leads_to_its_head(void **state) {
    (void)state;
    start(0, 0, 64);
    struct Page *single = m->alloc_pages(1);
    struct Page *compound = m->alloc_pages(13);
    assert_true(PageHead(single));
    assert_int_equal(compound_order(single), 0);
    assert_true(PageHead(compound));
    assert_int_equal(compound_order(compound), 4);
    assert_ptr_equal(compound_head(single), single);
    for (size_t i = 0; i < 16; i++) {
        assert_ptr_equal(compound_head(compound + i), compound);
        assert_int_equal(PageTail(compound + i), i != 0);
    }
    assert_ptr_equal(compound_head(compound + 16), compound + 16);
}

/* House rule H1: a mark on each head of a free block, and on no other frame. */
static void
only_heads_of_free_blocks_are_marked(void **state) {
    (void)state;
    struct Page *p[16];
    size_t n[16] = {0};
    uint64_t random = 1;
    start(0x80003, 0x80003, 61);
    for (int step = 0; step < 500; step++) {
        size_t i = host_random(&random) % 16;
        if (n[i] != 0) {
            m->free_pages(p[i], n[i]);
            n[i] = 0;
        } else {
            n[i] = host_random(&random) % 9 + 1;
            p[i] = m->alloc_pages(n[i]);
            n[i] = p[i] == NULL ? 0 : n[i];
        }
        count_blocks();
        size_t blocks = 0, marks = 0;
        for (size_t k = 0; k < MAX_ORDER; k++) {
            blocks += free_blocks[k];
        }
        for (size_t k = 0; k < 64; k++) {
            marks += PageProperty(&frames[k]);
        }
        assert_int_equal(marks, blocks);
    }
}

static void
a_freed_compound_is_undone(void **state) {
    (void)state;
    start(0, 0, 64);
    struct Page *p = m->alloc_pages(32);
    m->free_pages(p, 32);
    for (size_t i = 0; i < 64; i++) {
        assert_false(PageHead(&frames[i]));
        assert_false(PageTail(&frames[i]));
    }
}

/* A compound reaches as far as its order says, wherever pages[] begins. */
static void
a_compound_ends_with_its_last_page(void **state) {
    (void)state;
    static const size_t bases[] = {0, 0x80000, 0x80003};
    for (size_t b = 0; b < ARRAY_SIZE(bases); b++) {
        size_t skip = (8 - bases[b] % 8) % 8;
        start(bases[b], bases[b], skip + 32);
        struct Page *low = &frames[skip];
        while (m->nr_free_pages() > 0) {
            assert_non_null(m->alloc_pages(1));
        }
        for (size_t i = 0; i < 8; i++) {
            m->free_pages(low + i, 1);
        }
        assert_ptr_equal(m->alloc_pages(2), low);
        for (size_t i = 0; i < skip + 32; i++) {
            struct Page *page = &frames[i];
            assert_ptr_equal(compound_head(page), page == low + 1 ? low : page);
            assert_int_equal(PageTail(page), page == low + 1);
            assert_int_equal(compound_order(page), page == low ? 1 : 0);
        }
    }
}

/* The upper one was a head of its own once. */
static void
a_compound_made_of_two_has_one_head(void **state) {
    (void)state;
    start(0, 0, 16);
    struct Page *low = m->alloc_pages(8);
    struct Page *high = m->alloc_pages(8);
    m->free_pages(low, 8);
    m->free_pages(high, 8);
    assert_int_equal(high->flags, 0);
    assert_ptr_equal(m->alloc_pages(16), low);
    assert_ptr_equal(compound_head(high), low);
    assert_true(PageTail(high));
}

/* What a page remembers of a block that it once began is no grant. */
static void
only_the_head_of_a_grant_can_be_freed(void **state) {
    (void)state;
    static size_t i; /* not local: a panic's longjmp would lose them */
    static struct Page *p;
    start(0, 0, 64);
    for (i = 0; i < 64; i++) {
        m->alloc_pages(1);
    }
    for (i = 0; i < 64; i++) {
        m->free_pages(&frames[i], 1);
    }
    expect_panic(m->free_pages(&frames[0], 64), "P8");
    p = m->alloc_pages(64);
    for (i = 1; i < 64; i++) {
        unsigned order = p[i].property;
        if (order < MAX_ORDER) {
            expect_panic(m->free_pages(p + i, (size_t)1 << order), "P8");
        }
    }
    expect_panic(m->free_pages(&frames[64], 1), "P8: page 0x40 does not start a grant for 1 pages");
    m->free_pages(p, 64);
    assert_int_equal(m->nr_free_pages(), 64);
}

static void
a_free_of_another_order_is_a_panic(void **state) {
    (void)state;
    start(0, 0, 64);
    struct Page *p = m->alloc_pages(8);
    expect_panic(m->free_pages(p, 9), "P8: page 0 does not start a grant for 9 pages");
    expect_panic(m->free_pages(p, 4), "P8");
    expect_panic(m->free_pages(p, 0), "P8");
    expect_panic(m->free_pages(p, ((size_t)1 << 63) + 8), "P8");
    expect_panic(m->free_pages(p + 1, 8), "P8");
    m->free_pages(p, 5); /* rounds up to the same */
    expect_panic(m->free_pages(p, 8), "P8");
}

static void
a_frame_that_does_not_arrive_reserved_is_a_panic(void **state) {
    (void)state;
    start(0, 0, 8);
    expect_panic(m->init_memmap(frames, 1), "PageReserved");
}

static void
a_buddy_outside_of_pages_is_not_merged(void **state) {
    (void)state;
    start(1, NFRAMES, 1); /* the last page; its buddy would be the next one */
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
    start(1, 1, 1); /* the first one; its buddy would be page 0 */
    count_blocks();
    assert_int_equal(free_blocks[0], 1);
}

static void
a_free_of_what_is_no_grant_is_a_panic(void **state) {
    (void)state;
    start(0, 0, 64);
    expect_panic(m->free_pages(&frames[64], 1), "P8"); /* reserved */
    struct Page *p = m->alloc_pages(8);
    p->property = MAX_ORDER;
    expect_panic(m->free_pages(p, 8), "P8");
    p->property = 3;
    ClearPageHead(p);
    expect_panic(m->free_pages(p, 8), "P8");
}

static void
a_page_behind_a_compound_or_below_all_candidates_is_its_own_head(void **state) {
    (void)state;
    start(0, 0, 4);
    assert_ptr_equal(m->alloc_pages(2), frames);
    assert_ptr_equal(compound_head(&frames[2]), &frames[2]);
    start(3, 3, 1);
    assert_ptr_equal(compound_head(frames), frames);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_is_cut_into_the_largest_aligned_blocks),
    cmocka_unit_test(blocks_are_aligned_to_the_page_number_and_not_to_the_range),
    cmocka_unit_test(requests_are_rounded_up_to_a_power_of_two),
    cmocka_unit_test(more_than_the_top_order_is_refused),
    cmocka_unit_test(equal_neighbours_that_are_not_buddies_stay_two),
    cmocka_unit_test(buddies_merge_all_the_way_up),
    cmocka_unit_test(top_blocks_side_by_side_do_not_merge),
    cmocka_unit_test(a_free_buddy_of_another_order_is_not_merged),
    cmocka_unit_test(frames_are_taken_in_clean),
    cmocka_unit_test(of_blocks_of_one_order_the_one_freed_last_is_granted_first),
    cmocka_unit_test(a_frame_that_was_never_given_is_no_buddy),
    cmocka_unit_test(every_page_of_a_compound_leads_to_its_head),
    cmocka_unit_test(only_heads_of_free_blocks_are_marked),
    cmocka_unit_test(a_freed_compound_is_undone),
    cmocka_unit_test(a_compound_ends_with_its_last_page),
    cmocka_unit_test(a_compound_made_of_two_has_one_head),
    cmocka_unit_test(only_the_head_of_a_grant_can_be_freed),
    cmocka_unit_test(a_free_of_another_order_is_a_panic),
    cmocka_unit_test(a_frame_that_does_not_arrive_reserved_is_a_panic),
    cmocka_unit_test(a_buddy_outside_of_pages_is_not_merged),
    cmocka_unit_test(a_free_of_what_is_no_grant_is_a_panic),
    cmocka_unit_test(a_page_behind_a_compound_or_below_all_candidates_is_its_own_head),
};

int
main(int argc, char **argv) {
    return host_test_main("buddy", tests, ARRAY_SIZE(tests), argc, argv);
}
