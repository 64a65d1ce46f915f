/* test_audit.c - pmm_audit.c: what it finds in the free blocks that a policy shows. */
#include "host_test.h"

#include "puppet.h"

static void
audit_finds(const char *promise) {
    const char *broken = pmm_audit();
    assert_non_null(broken);
    if (strstr(broken, promise) == NULL) {
        fail_msg("the audit says '%s', not '%s'", broken, promise);
    }
}

static void
the_audit_finds_a_free_page_that_is_granted(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    alloc_pages(1);
    puppet.nr_free -= 1;
    audit_finds("P2: page 0x8000a is free and granted");
}

static void
the_audit_finds_a_free_page_outside_of_memory(void **state) {
    (void)state;
    start_puppet();
    puppet.head[0] = frames;
    audit_finds("never given to the policy");
    puppet.length[0] = NFRAMES + 1;
    audit_finds("not in pages[]");
}

static void
the_audit_finds_a_page_in_two_blocks(void **state) {
    (void)state;
    start_puppet();
    puppet.length[0] = NFRAMES / 2;
    puppet.head[1] = frames + RESERVED + 5;
    puppet.length[1] = NFRAMES - RESERVED - NFRAMES / 2;
    audit_finds("is in two free blocks");
}

static void
the_audit_finds_reserved_and_referenced_free_pages(void **state) {
    (void)state;
    start_puppet();
    frames[30].ref = 1;
    audit_finds("P3: free page 0x8001e has ref 1");
    SetPageReserved(&frames[20]);
    audit_finds("P2: page 0x80014 is free and reserved");
}

static void
the_audit_finds_a_wrong_count(void **state) {
    (void)state;
    start_puppet();
    puppet.nr_free++;
    audit_finds("P4: free blocks hold 60 pages, nr_free_pages() says 61");
    puppet.nr_free -= 2;
    puppet.length[0]--;
    audit_finds("P4: 59 free + 0 granted + 0 overhead is not the 60 managed");
}

/* The one free block of the puppet; what is left of its memory is not looked at. */
static void
set_free_block(struct Page *head, size_t n) {
    puppet.head[0] = head;
    puppet.length[0] = n;
}

static void
the_audit_stops_before_memory_that_is_not_there(void **state) {
    (void)state;
    struct Page *below = (struct Page *)((uintptr_t)frames - sizeof(struct Page));
    struct Page *beyond = (struct Page *)((uintptr_t)frames + 32 * ((uintptr_t)1 << 40));
    const struct {
        struct Page *head;
        size_t n;
    } blocks[] = {{below, 1},       {beyond, 3},       {frames + NFRAMES, 1},
                  {frames, 65},     {frames + 10, 55}, {frames + 10, 70},
                  {frames + 63, 2}, {beyond, 1000},    {frames + 5, SIZE_MAX}};
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        char text[160];
        start_puppet();
        set_free_block(blocks[i].head, blocks[i].n);
        snprintf(text, sizeof(text), "P2: a free block of %zu pages at %p is not in pages[]",
                 blocks[i].n, (void *)blocks[i].head);
        audit_finds(text);
    }
}

static void
visit_nothing_at_page_10(pmm_visit_t visit, void *arg) {
    visit(frames + 10, 0, arg);
}

static void
the_audit_finds_a_block_of_no_pages(void **state) {
    (void)state;
    start_puppet();
    puppet_pmm_manager.for_each_free = visit_nothing_at_page_10;
    audit_finds("P2: a free block of 0 pages");
    puppet_pmm_manager.for_each_free = puppet_for_each_free;
}

static void
a_block_of_one_page_is_sound(void **state) {
    (void)state;
    start_puppet();
    puppet.length[0]--;
    puppet.head[1] = frames + NFRAMES - 1;
    puppet.length[1] = 1;
    assert_null(pmm_audit());
}

static void
the_audit_names_the_pages(void **state) {
    (void)state;
    start_puppet();
    set_free_block(frames + 1, 8);
    audit_finds("P2: pages 0x80001..0x80009 are free, but were never given to the policy");

    start_puppet(); /* a granted page inside, and pages that are no memory behind it */
    zone_init(words);
    zone_add_memory(frames + RESERVED, 20);
    puppet.answer = frames + 10;
    alloc_pages(1);
    set_free_block(frames + 8, 20);
    audit_finds("P2: pages 0x80008..0x8001c are free, but were never given to the policy");

    start_puppet();
    puppet.answer = frames + 40;
    alloc_pages(2);
    set_free_block(frames + 30, 20);
    audit_finds("P2: page 0x80028 is free and granted");
}

/* Which pages lie in two blocks: the second begins in, ends in, or is the first. */
static void
the_audit_names_the_first_page_that_is_in_two_blocks(void **state) {
    (void)state;
    static const struct {
        size_t first[2], n[2], twice;
    } cases[] = {
        {{40, 45}, {10, 10}, 45}, {{45, 40}, {10, 10}, 45}, {{20, 20}, {6, 6}, 20},
        {{40, 49}, {10, 3}, 49},  {{50, 41}, {1, 10}, 50},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[64];
        start_puppet();
        for (size_t k = 0; k < 2; k++) {
            puppet.head[k] = frames + cases[i].first[k];
            puppet.length[k] = cases[i].n[k];
        }
        snprintf(text, sizeof(text), "P2: page %#zx is in two free blocks", nbase + cases[i].twice);
        audit_finds(text);
    }
}

/* The page behind a block is none of its business. */
static void
the_audit_ends_with_the_block(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = frames + 40;
    alloc_pages(1);
    frames[40].ref = 3;
    puppet.nr_free -= 1;
    puppet.length[0] = 36;
    puppet.head[1] = frames + 41;
    puppet.length[1] = 23;
    assert_null(pmm_audit());
    frames[63].ref = 7;
    audit_finds("P3: free page 0x8003f has ref 7");
}

static size_t
keeps_two(void) {
    return 2;
}

static void
the_audit_adds_up_free_granted_and_overhead(void **state) {
    (void)state;
    start_puppet();
    puppet_pmm_manager.overhead = keeps_two;
    puppet.answer = frames + 20;
    alloc_pages(5);
    puppet.answer = frames + 30;
    alloc_pages(3);
    free_pages(frames + 20, 5);
    puppet.length[0] = 16;
    puppet.head[1] = frames + 20;
    puppet.length[1] = 5;
    puppet.nr_free = 21;
    audit_finds("P4: 21 free + 3 granted + 2 overhead is not the 60 managed");
    puppet.nr_free = 55;
    audit_finds("P4: free blocks hold 21 pages, nr_free_pages() says 55");
    puppet_pmm_manager.overhead = NULL;
}

/* 60 pages: 55 free, 3 granted, 2 the policy's own. */
static void
overhead_is_part_of_a_sound_sum(void **state) {
    (void)state;
    start_puppet();
    puppet_pmm_manager.overhead = keeps_two;
    puppet.answer = frames + 4;
    alloc_pages(3);
    set_free_block(frames + 9, 55);
    puppet.nr_free = 55;
    assert_null(pmm_audit());
    puppet_pmm_manager.overhead = NULL;
}

static void
write_block(struct Page *head, size_t n, void *arg) {
    char *text = arg;
    size_t used = strlen(text);
    snprintf(text + used, 200 - used, "%zu+%zu ", (size_t)(head - frames), n);
}

/* What pmm_for_each_free visits, as text. */
static const char *
free_blocks(void) {
    static char text[200];
    text[0] = '\0';
    pmm_for_each_free(write_block, text);
    return text;
}

/* House rule H1 may be broken by a file from outside. */
static void
pages_of_a_file_from_outside_are_only_counted(void **state) {
    (void)state;
    start_dropin();
    SetPageProperty(&frames[0]); /* a mark on what it was never given */
    frames[0].property = NFRAMES;
    assert_null(pmm_audit());
    puppet.nr_free--;
    audit_finds("P6: nothing is granted, but of 60 pages only 59 are free");
}

static void
marks_that_add_up_are_its_free_blocks(void **state) {
    (void)state;
    start_dropin();
    SetPageProperty(&frames[RESERVED]);
    frames[RESERVED].property = 20;
    SetPageProperty(&frames[RESERVED + 20]);
    frames[RESERVED + 20].property = 40;
    assert_true(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+20 24+40 ");
}

static void
a_policy_that_lists_its_blocks_needs_no_marks(void **state) {
    (void)state;
    start_puppet();
    assert_true(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+60 ");
}

static void
without_them_runs_of_pages_in_no_grant_are_visited(void **state) {
    (void)state;
    start_dropin();
    puppet.answer = &frames[10];
    assert_ptr_equal(alloc_pages(3), &frames[10]);
    puppet.nr_free -= 3;
    assert_false(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+6 13+51 ");

    SetPageProperty(&frames[RESERVED]); /* as many pages as are free, but some of them granted */
    frames[RESERVED].property = 57;
    assert_false(pmm_shows_free());
    frames[RESERVED].property = 6; /* right, but not all */
    assert_false(pmm_shows_free());
    assert_string_equal(free_blocks(), "4+6 13+51 ");
}

static void
runs_end_where_memory_ends(void **state) {
    (void)state;
    start_dropin();
    zone_init(words);
    zone_add_memory(frames + 40, 8);
    zone_add_memory(frames + 8, 16);
    zone_add_memory(frames + 30, 1);
    assert_string_equal(free_blocks(), "8+16 30+1 40+8 ");
}

static void
what_a_file_from_outside_takes_beyond_the_request_is_overhead(void **state) {
    (void)state;
    struct zone_stat stat;
    start_dropin();
    puppet.answer = &frames[16];
    puppet.counts = true;
    puppet.rounding = 3;
    puppet.nested = 2; /* which it keeps */
    alloc_pages(5);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 5);
    assert_int_equal(stat.overhead, 3 + 5);
    assert_null(pmm_audit());
    puppet.nr_free += 9;
    audit_finds("P4: 56 free + 5 granted + 0 overhead is not the 60 managed");
    puppet.nr_free -= 9;

    free_pages(&frames[16], 5);
    zone_stat(&stat);
    assert_int_equal(stat.granted, 0);
    assert_int_equal(stat.overhead, 5);
    audit_finds("P6: nothing is granted, but of 60 pages only 55 are free");
    puppet.nr_free += 6;
    audit_finds("P4: 61 free + 0 granted + 0 overhead is not the 60 managed");
}

/* What is missing is overhead; where nothing is, the policy's own word counts. */
static void
overhead_that_a_policy_names_is_not_overlooked(void **state) {
    (void)state;
    start_puppet();
    puppet_pmm_manager.grant = NULL;
    puppet_pmm_manager.overhead = keeps_two;
    audit_finds("P4: 60 free + 0 granted + 2 overhead is not the 60 managed");
    puppet_pmm_manager.grant = puppet_grant;
    puppet_pmm_manager.overhead = NULL;
}

static void
free_blocks_are_summed_up_by_the_power_of_two_below_their_length(void **state) {
    (void)state;
    static const struct {
        size_t n, order;
    } lengths[] = {{1, 0},
                   {2, 1},
                   {3, 1},
                   {4, 2},
                   {((size_t)1 << 26) - 1, 25},
                   {(size_t)1 << 26, 26},
                   {((size_t)1 << 27) - 1, 26},
                   {(size_t)1 << 27, 27},
                   {(size_t)1 << 28, 27},
                   {(size_t)1 << 40, 27}};
    start_puppet();
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        struct free_summary s, expected = {.blocks = 2};
        size_t n = lengths[i].n, k = lengths[i].order;
        set_free_block(frames, n);
        puppet.head[1] = frames;
        puppet.length[1] = n;
        expected.pages = expected.order_pages[k] = 2 * n;
        expected.order_blocks[k] = 2;
        expected.largest = n;
        pmm_free_summary(&s);
        assert_memory_equal(&s, &expected, sizeof(s));
    }
    set_free_block(frames, 9);
    puppet.length[1] = 12;
    struct free_summary s;
    pmm_free_summary(&s);
    assert_int_equal(s.largest, 12);
    set_free_block(frames, 13);
    pmm_free_summary(&s);
    assert_int_equal(s.largest, 13);
    assert_int_equal(s.order_pages[3], 25);
}

/* The first thing that was found stands, whatever comes after it. */
static void
the_audit_tells_the_first_of_two_broken_blocks(void **state) {
    (void)state;
    start_puppet();
    puppet.length[0] = NFRAMES + 1;
    puppet.head[1] = frames;
    puppet.length[1] = NFRAMES + 2;
    audit_finds("P2: a free block of 65 pages");
    puppet.length[1] = 2; /* in pages[], and nobody's */
    audit_finds("P2: a free block of 65 pages");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_audit_tells_the_first_of_two_broken_blocks),
    cmocka_unit_test(the_audit_finds_a_free_page_that_is_granted),
    cmocka_unit_test(the_audit_finds_a_free_page_outside_of_memory),
    cmocka_unit_test(the_audit_finds_a_page_in_two_blocks),
    cmocka_unit_test(the_audit_finds_reserved_and_referenced_free_pages),
    cmocka_unit_test(the_audit_finds_a_wrong_count),
    cmocka_unit_test(the_audit_stops_before_memory_that_is_not_there),
    cmocka_unit_test(the_audit_finds_a_block_of_no_pages),
    cmocka_unit_test(a_block_of_one_page_is_sound),
    cmocka_unit_test(the_audit_names_the_pages),
    cmocka_unit_test(the_audit_names_the_first_page_that_is_in_two_blocks),
    cmocka_unit_test(the_audit_ends_with_the_block),
    cmocka_unit_test(the_audit_adds_up_free_granted_and_overhead),
    cmocka_unit_test(overhead_is_part_of_a_sound_sum),
    cmocka_unit_test(pages_of_a_file_from_outside_are_only_counted),
    cmocka_unit_test(marks_that_add_up_are_its_free_blocks),
    cmocka_unit_test(a_policy_that_lists_its_blocks_needs_no_marks),
    cmocka_unit_test(without_them_runs_of_pages_in_no_grant_are_visited),
    cmocka_unit_test(runs_end_where_memory_ends),
    cmocka_unit_test(what_a_file_from_outside_takes_beyond_the_request_is_overhead),
    cmocka_unit_test(overhead_that_a_policy_names_is_not_overlooked),
    cmocka_unit_test(free_blocks_are_summed_up_by_the_power_of_two_below_their_length),
};

int
main(int argc, char **argv) {
    return host_test_main("audit", tests, ARRAY_SIZE(tests), argc, argv);
}
