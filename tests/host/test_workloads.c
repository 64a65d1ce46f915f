/* test_workloads.c - the courses of tests/bench, carried out by an allocator that keeps a record.
 */
#include "host_test.h"

#include "fragments.h"
#include "host_env.h"
#include "workload.h"

#define N     4096
#define NBASE 0x80000
#define TOP   1024 /* pages free at the top in e */

static struct Page frames[N];
struct Page *pages = frames;
size_t npage = NBASE + N, nbase = NBASE;
uint64_t va_pa_offset;

/* The grants, lowest fit: of each first page its length; of each page, whether it is granted. */
static size_t length[N];
static bool granted[N];
static size_t sizes[N + 1]; /* requests for each number of pages, since the course began */
static size_t free_pages_left, refusals_to_come, refused;
static size_t last_freed[N], nfreed; /* the first pages, in this order */

static struct workload w;
static uint64_t memory[N * 3];

static bool
fits(size_t at, size_t n) {
    for (size_t i = at; i < at + n; i++) {
        if (i >= N || granted[i]) {
            return false;
        }
    }
    return true;
}

static struct Page *
record_alloc(size_t n) {
    sizes[n]++;
    if (refusals_to_come > 0) {
        refusals_to_come--;
        refused++;
        return NULL;
    }
    for (size_t at = 0; at < N; at++) {
        if (fits(at, n)) {
            memset(granted + at, true, n);
            length[at] = n;
            free_pages_left -= n;
            return &frames[at];
        }
    }
    refused++;
    return NULL;
}

static void
record_free(struct Page *base, size_t n) {
    size_t at = (size_t)(base - frames);
    must(at < N && granted[at] && length[at] == n, "free of %zu pages at %zu", n, at);
    memset(granted + at, false, n);
    length[at] = 0;
    free_pages_left += n;
    last_freed[nfreed++ % N] = at;
}

static void
begin_after(char id, size_t done) {
    memset(granted, 0, sizeof(granted));
    memset(length, 0, sizeof(length));
    memset(memory, 0, sizeof(memory)); /* page 0, if that were believed */
    free_pages_left = N;
    assert_true(workload_bytes(N) <= sizeof(memory));
    workload_start(&w, &(struct workload_setup){
                           .id = id,
                           .target = {record_alloc, record_free},
                           .base = frames,
                           .npages = N,
                           .memory = memory,
                           .done = done,
                       });
    memset(sizes, 0, sizeof(sizes));
    nfreed = refused = 0;
}

static void
begin(char id) {
    begin_after(id, 0);
}

static size_t
go_on(size_t at_most) {
    size_t n = workload_plan(&w, at_most);
    workload_run(&w);
    return n;
}

static void
assert_near(size_t value, size_t expected, size_t percent) {
    if (value * 100 < expected * (100 - percent) || value * 100 > expected * (100 + percent)) {
        fail_msg("%zu is not within %zu %% of %zu", value, percent, expected);
    }
}

/* ---- courses ----------------------------------------------------------------------------------
 */

static void
test_b_allocates_every_page_and_frees_them_in_random_order(void **state) {
    (void)state;
    size_t ascending = 0;
    begin('b');
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(free_pages_left, N - i);
        assert_int_equal(go_on(1), 1);
    }
    assert_int_equal(free_pages_left, 0);
    while (go_on(100) > 0) {
    }
    assert_int_equal(free_pages_left, N);
    assert_int_equal(nfreed, N);
    for (size_t i = 1; i < N; i++) {
        ascending += last_freed[i] > last_freed[i - 1];
    }
    assert_near(ascending, N / 2, 10);
    assert_int_equal(w.allocs + w.frees, workload_length('b', N));
}

static void
test_b_can_begin_anywhere(void **state) {
    (void)state;
    begin_after('b', 1000);
    assert_int_equal(free_pages_left, N - 1000);
    begin_after('b', N + N / 4);
    assert_near(free_pages_left, N / 4, 15);
    size_t left = N - free_pages_left;
    while (go_on(WORKLOAD_STEPS) > 0) {
    }
    assert_int_equal(w.frees, left);
    assert_int_equal(free_pages_left, N);
}

static void
test_a_works_where_a_random_half_is_free_and_A_where_it_is_contiguous(void **state) {
    (void)state;
    size_t changes = 0;
    begin('a');
    assert_near(free_pages_left, N / 2, 5);
    for (size_t i = 1; i < N; i++) {
        changes += granted[i] != granted[i - 1];
    }
    assert_near(changes, N / 2, 5);
    begin('A');
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(granted[i], i >= N / 2);
    }
}

static void
test_e_leaves_no_two_pages_free_but_at_the_top(void **state) {
    (void)state;
    begin('e');
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(granted[i], i < N - TOP && i % 2 == 0);
    }
    go_on(100);
    assert_int_equal(sizes[2], 50);
    assert_int_equal(w.frees, 50);
}

/* The deepest that single pages are taken before one is given back. */
static size_t
depth_of(char id) {
    begin(id);
    size_t before = free_pages_left, depth = 0;
    for (size_t i = 0; i < 1000; i++) {
        go_on(1);
        depth = before - free_pages_left > depth ? before - free_pages_left : depth;
    }
    return depth;
}

static void
test_pairs_are_one_deep_and_L_is_32_deep_last_in_first_out(void **state) {
    (void)state;
    assert_int_equal(depth_of('a'), 1);
    assert_int_equal(depth_of('L'), 32);
    begin('L');
    go_on(64);
    for (size_t i = 1; i < 32; i++) {
        assert_true(last_freed[i] < last_freed[i - 1]); /* this allocator gives low pages first */
    }
}

/* Go on for many requests, and stay near the occupancy, but for a grant of the largest size. */
static void
churn(char id, size_t largest) {
    begin(id);
    for (size_t i = 0; i < 200; i++) {
        go_on(100);
        assert_true(w.requested + largest > N * 7 / 10 && w.requested < N * 7 / 10 + largest);
        assert_int_equal(free_pages_left, N - w.requested);
    }
    assert_near(w.allocs, w.frees, 3);
}

static size_t
requests_of(size_t from, size_t to) {
    size_t n = 0;
    for (size_t i = from; i <= to; i++) {
        n += sizes[i];
    }
    return n;
}

static void
test_c_halves_the_probability_from_bucket_to_bucket(void **state) {
    (void)state;
    churn('c', 64);
    size_t n = w.allocs;
    assert_near(sizes[1], n / 2, 5);
    assert_near(sizes[2], n / 4, 5);
    assert_near(requests_of(3, 4), n / 8, 8);
    assert_near(requests_of(5, 8), n / 16, 10);
    assert_near(requests_of(33, 64), n / 64, 25);
    assert_true(sizes[64] > 0);
    assert_int_equal(requests_of(1, 64), n);
}

static void
test_c_frees_what_chance_says(void **state) {
    (void)state;
    size_t low = 0;
    begin('c');
    for (size_t i = 0; i < 8; i++) {
        go_on(100);
    }
    for (size_t i = 0; i < nfreed; i++) {
        low += last_freed[i] < N * 35 / 100;
    }
    assert_true(nfreed > 300);
    assert_near(low, nfreed / 2, 15);
}

static void
test_d_asks_for_powers_of_two(void **state) {
    (void)state;
    churn('d', 1024);
    size_t n = 0;
    for (size_t size = 1; size <= 1024; size *= 2) {
        n += sizes[size];
    }
    assert_int_equal(n, w.allocs);
    assert_near(sizes[1], n / 2, 5);
    assert_near(sizes[8], n / 16, 15);
}

static void
test_u_asks_for_each_size_as_often(void **state) {
    (void)state;
    churn('u', 64);
    assert_near(requests_of(1, 32), w.allocs / 2, 5);
    assert_near(requests_of(1, 8), w.allocs / 8, 15);
    assert_int_equal(requests_of(1, 64), w.allocs);
}

static void
test_f_takes_single_pages_and_exits_as_a_whole(void **state) {
    (void)state;
    begin('f');
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < 20000; i++) {
        size_t before = w.frees;
        go_on(1);
        run = w.frees > before ? run + 1 : 0;
        longest = run > longest ? run : longest;
        assert_true(w.requested <= N * 7 / 10 + 512);
        assert_int_equal(free_pages_left, N - w.requested);
    }
    assert_int_equal(sizes[1], w.allocs);
    assert_true(longest > 512); /* more than a burst */
}

static void
test_what_is_refused_is_counted_and_not_freed(void **state) {
    (void)state;
    for (const char *id = WORKLOADS; *id != '\0'; id++) {
        begin(*id);
        refusals_to_come = 5;
        for (size_t i = 0; i < 100; i++) {
            go_on(64);
        }
        assert_int_equal(refusals_to_come, 0);
        assert_int_equal(w.failed, refused);
        assert_int_equal(free_pages_left, N - w.requested);
    }
}

static void
test_a_course_is_the_same_however_it_is_carried_out(void **state) {
    (void)state;
    for (const char *id = "cf"; *id != '\0'; id++) {
        bool at_once[N];
        begin(*id);
        workload_plan(&w, WORKLOAD_STEPS);
        workload_run(&w);
        memcpy(at_once, granted, sizeof(granted));
        begin(*id);
        size_t n = workload_plan(&w, WORKLOAD_STEPS);
        workload_run_part(&w, 0, 7);
        workload_run_part(&w, 7, n - 7);
        assert_memory_equal(at_once, granted, sizeof(granted));
    }
}

/* ---- fragments --------------------------------------------------------------------------------
 */

static struct { size_t first, n; } blocks[8];
static size_t nblocks;

static void
show_blocks(pmm_visit_t visit, void *arg) {
    for (size_t i = 0; i < nblocks; i++) {
        visit(&frames[blocks[i].first], blocks[i].n, arg);
    }
}

static size_t
pages_in_blocks(void) {
    size_t n = 0;
    for (size_t i = 0; i < nblocks; i++) {
        n += blocks[i].n;
    }
    return n;
}

static const struct pmm_manager shows = {.nr_free_pages = pages_in_blocks,
                                         .for_each_free = show_blocks};
static const struct pmm_manager marks = {.nr_free_pages = pages_in_blocks};

static void
free_block(size_t first, size_t n) {
    blocks[nblocks].first = first;
    blocks[nblocks++].n = n;
}

/* 3 + 1 pages that touch, 2 alone, and 600 from the middle of a 2 MiB block to the next but one. */
static void
cut_up(void) {
    nblocks = 0;
    free_block(3, 1);
    free_block(0, 3);
    free_block(10, 2);
    free_block(500, 12 + 512 + 76);
}

static void
assert_cut_up(const struct fragments *f) {
    assert_int_equal(f->free, 606);
    assert_int_equal(f->runs, 3);
    assert_int_equal(f->largest, 600);
    assert_int_equal(f->huge, 512);
    assert_int_equal(f->shorter[1], 0);
    assert_int_equal(f->shorter[2], 2);
    assert_int_equal(f->shorter[3], 6);
    assert_int_equal(f->shorter[9], 6);
    assert_int_equal(f->shorter[10], 606);
    assert_true(fragments_index(f, 9) < 0);
    /* 1 - (1 + 606 / 1024) / 3 */
    assert_int_equal((int)(fragments_index(f, 10) * 10000), 4694);
}

static void
test_free_frames_that_touch_are_one_run(void **state) {
    (void)state;
    struct fragments f;
    cut_up();
    assert_true(fragments_of(&shows, memory, N, &f));
    assert_cut_up(&f);
}

static void
test_a_policy_that_shows_nothing_is_read_by_its_marks(void **state) {
    (void)state;
    struct fragments f;
    cut_up();
    memset(frames, 0, sizeof(frames));
    for (size_t i = 0; i < nblocks; i++) {
        SetPageProperty(&frames[blocks[i].first]);
        frames[blocks[i].first].property = (unsigned)blocks[i].n;
    }
    assert_true(fragments_of(&marks, memory, N, &f));
    assert_cut_up(&f);
    ClearPageProperty(&frames[10]);
    assert_false(fragments_of(&marks, memory, N, &f));
}

static void
test_blocks_that_overlap_or_lie_outside_are_not_believed(void **state) {
    (void)state;
    struct fragments f;
    nblocks = 0;
    free_block(0, 8);
    free_block(4, 8);
    assert_false(fragments_of(&shows, memory, N, &f));
    nblocks = 0;
    free_block(N - 4, 8);
    memory[N / 64] = 0;
    assert_false(fragments_of(&shows, memory, N, &f));
    assert_int_equal(memory[N / 64], 0);
    nblocks = 0;
    assert_true(fragments_of(&shows, memory, N, &f));
    assert_int_equal(f.runs, 0);
    assert_true(fragments_index(&f, 0) < 0);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_b_allocates_every_page_and_frees_them_in_random_order),
        cmocka_unit_test(test_b_can_begin_anywhere),
        cmocka_unit_test(test_a_works_where_a_random_half_is_free_and_A_where_it_is_contiguous),
        cmocka_unit_test(test_e_leaves_no_two_pages_free_but_at_the_top),
        cmocka_unit_test(test_pairs_are_one_deep_and_L_is_32_deep_last_in_first_out),
        cmocka_unit_test(test_c_halves_the_probability_from_bucket_to_bucket),
        cmocka_unit_test(test_c_frees_what_chance_says),
        cmocka_unit_test(test_d_asks_for_powers_of_two),
        cmocka_unit_test(test_u_asks_for_each_size_as_often),
        cmocka_unit_test(test_f_takes_single_pages_and_exits_as_a_whole),
        cmocka_unit_test(test_what_is_refused_is_counted_and_not_freed),
        cmocka_unit_test(test_a_course_is_the_same_however_it_is_carried_out),
        cmocka_unit_test(test_free_frames_that_touch_are_one_run),
        cmocka_unit_test(test_a_policy_that_shows_nothing_is_read_by_its_marks),
        cmocka_unit_test(test_blocks_that_overlap_or_lie_outside_are_not_believed),
    };
    return host_test_main("workloads", tests, ARRAY_SIZE(tests), argc, argv);
}
