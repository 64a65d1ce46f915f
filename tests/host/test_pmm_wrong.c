/* test_pmm_wrong.c - pmm.c and pmm_audit.c under a policy that breaks its promises. */
#include "host_test.h"

#include "pmm_env.h"

/* A policy that answers whatever the test wants. */
static struct {
    struct Page *answer;
    size_t nr_free;
    struct Page *head[2]; /* its free blocks */
    size_t length[2];
    size_t nested; /* pages to ask for from within */
    struct Page *nested_page;
} puppet;

static void
puppet_init(void) {
}

static void
puppet_init_memmap(struct Page *base, size_t n) {
    for (size_t i = 0; i < n; i++) {
        ClearPageReserved(base + i);
    }
    puppet.nr_free += n;
    puppet.head[0] = base;
    puppet.length[0] = n;
}

static struct Page *
puppet_alloc_pages(size_t n) {
    (void)n;
    size_t inner = puppet.nested;
    puppet.nested = 0;
    if (inner != 0) {
        puppet.nested_page = alloc_pages(inner);
    }
    return puppet.answer;
}

static void
puppet_free_pages(struct Page *base, size_t n) {
    (void)base, (void)n;
    size_t inner = puppet.nested;
    puppet.nested = 0;
    if (inner != 0) {
        free_pages(puppet.nested_page, inner);
    }
}

static size_t
puppet_nr_free_pages(void) {
    return puppet.nr_free;
}

static void
puppet_check(void) {
    puppet.answer = alloc_pages(3); /* nothing is booked in raw mode */
    puppet.nr_free -= 1;
}

static void
puppet_for_each_free(pmm_visit_t visit, void *arg) {
    for (size_t i = 0; i < 2; i++) {
        if (puppet.length[i] != 0) {
            visit(puppet.head[i], puppet.length[i], arg);
        }
    }
}

static struct pmm_manager puppet_pmm_manager = {
    .name = "puppet",
    .init = puppet_init,
    .init_memmap = puppet_init_memmap,
    .alloc_pages = puppet_alloc_pages,
    .free_pages = puppet_free_pages,
    .nr_free_pages = puppet_nr_free_pages,
    .check = puppet_check,
    .for_each_free = puppet_for_each_free,
};

static void
start_puppet(void) {
    memset(&puppet, 0, sizeof(puppet));
    start(&puppet_pmm_manager);
}

static void
audit_finds(const char *promise) {
    const char *broken = pmm_audit();
    assert_non_null(broken);
    if (strstr(broken, promise) == NULL) {
        fail_msg("the audit says '%s', not '%s'", broken, promise);
    }
}

static void
a_page_granted_twice_is_caught_at_the_grant(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    assert_ptr_equal(alloc_pages(4), &frames[10]);
    puppet.answer = &frames[8];
    expect_panic(alloc_pages(4), "P2: policy puppet granted page 0x8000a");
}

static void
a_grant_outside_of_pages_is_caught(void **state) {
    (void)state;
    static struct Page stranger;
    start_puppet();
    puppet.answer = &frames[NFRAMES - 1];
    expect_panic(alloc_pages(2), "outside pages[]");
    start_puppet();
    puppet.answer = &stranger;
    expect_panic(alloc_pages(1), "outside pages[]");
}

static size_t
grants_nothing(size_t n) {
    (void)n;
    return 0;
}

static void
a_grant_of_fewer_pages_than_asked_for_is_caught(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[10];
    expect_panic(alloc_pages(0), "P5: policy puppet granted 0 pages for a request of 0");
    start_puppet();
    puppet.answer = &frames[10];
    puppet_pmm_manager.grant = grants_nothing;
    expect_panic(alloc_pages(5), "P5: policy puppet granted 0 pages for a request of 5");
    puppet_pmm_manager.grant = NULL;
}

/* House rule H1 may be broken by a file from outside: then its free pages are only counted. */
static void
free_pages_that_no_mark_leads_to_are_only_counted(void **state) {
    (void)state;
    start_puppet();
    puppet_pmm_manager.for_each_free = NULL;
    assert_null(pmm_audit());
    puppet.nr_free--;
    audit_finds("P4: 59 free");
    puppet_pmm_manager.for_each_free = puppet_for_each_free;
}

static void
a_reserved_page_that_is_granted_is_caught(void **state) {
    (void)state;
    start_puppet();
    puppet.answer = &frames[RESERVED - 1];
    expect_panic(alloc_pages(2), "was never given them");
}

static void
a_granted_page_with_a_reference_is_caught(void **state) {
    (void)state;
    start_puppet();
    frames[12].ref = 1;
    puppet.answer = &frames[10];
    expect_panic(alloc_pages(4), "P3: policy puppet granted page 0x8000c with ref 1");
}

static void
what_a_policy_takes_from_within_is_its_overhead(void **state) {
    (void)state;
    struct zone_stat stat;
    start_puppet();
    puppet.answer = &frames[20];
    puppet.nested = 2;
    alloc_pages(1);
    zone_stat(&stat);
    assert_int_equal(stat.overhead, 2);
    assert_int_equal(stat.grants, 1);

    puppet.nested = 2;
    free_pages(&frames[20], 1);
    zone_stat(&stat);
    assert_int_equal(stat.overhead, 0);
    assert_int_equal(stat.frees, 1);
}

static void
a_check_that_loses_a_page_is_caught(void **state) {
    (void)state;
    start_puppet();
    expect_panic(zone_self_check(), "P4: the check of policy puppet");
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

static void
more_ranges_than_the_zone_holds_is_a_panic(void **state) {
    (void)state;
    start_puppet();
    zone_init(words);
    for (size_t i = 0; i < 64; i++) {
        zone_add_memory(&frames[i], 1);
    }
    expect_panic(zone_add_memory(frames, 1), "P7: more than 64 ranges");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_page_granted_twice_is_caught_at_the_grant),
    cmocka_unit_test(a_grant_outside_of_pages_is_caught),
    cmocka_unit_test(a_grant_of_fewer_pages_than_asked_for_is_caught),
    cmocka_unit_test(free_pages_that_no_mark_leads_to_are_only_counted),
    cmocka_unit_test(a_reserved_page_that_is_granted_is_caught),
    cmocka_unit_test(a_granted_page_with_a_reference_is_caught),
    cmocka_unit_test(what_a_policy_takes_from_within_is_its_overhead),
    cmocka_unit_test(a_check_that_loses_a_page_is_caught),
    cmocka_unit_test(the_audit_finds_a_free_page_that_is_granted),
    cmocka_unit_test(the_audit_finds_a_free_page_outside_of_memory),
    cmocka_unit_test(the_audit_finds_a_page_in_two_blocks),
    cmocka_unit_test(the_audit_finds_reserved_and_referenced_free_pages),
    cmocka_unit_test(the_audit_finds_a_wrong_count),
    cmocka_unit_test(more_ranges_than_the_zone_holds_is_a_panic),
};

int
main(int argc, char **argv) {
    return host_test_main("pmm_wrong", tests, ARRAY_SIZE(tests), argc, argv);
}
