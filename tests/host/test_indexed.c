/*
 * test_indexed.c - first-fit and best-fit with an index give the answers of the plain ones.
 *
 * Both get the same random calls, each in a world of its own; SEQUENCES=n in the environment
 * asks for another number of sequences.
 */
#include "host_test.h"

#include "host_env.h"
#include "pmm.h"
#include "stdio.h"

#define NFRAMES 700  /* at most: enough for three levels, and for the top's second entry */
#define RANGES  8    /* that memory comes in, at most */
#define JUNK    0x5a /* as tags, they are free blocks */

extern const struct pmm_manager best_fit_long_manager;

struct Page *pages;
size_t npage, nbase;
uint64_t va_pa_offset;
void *pmm_metadata;

int
cprintf(const char *fmt, ...) {
    (void)fmt;
    return 0;
}

/* A policy, its descriptors and its metadata, behind which nothing can be touched. */
struct world {
    const struct pmm_manager *m;
    struct Page *frames;
    void *metadata;
};

struct extent {
    size_t at, n;
};

static struct {
    uint64_t seed; /* of the random numbers, too */
    struct world plain, indexed;
    struct extent granted[NFRAMES];
    size_t ngranted;
} run;

static size_t
below(size_t n) {
    return (size_t)(host_random(&run.seed) % n);
}

static const struct pmm_manager *
enter(const struct world *w) {
    pages = w->frames;
    pmm_metadata = w->metadata;
    return w->m;
}

static void
begin_world(struct world *w, const struct pmm_manager *m) {
    size_t n = npage - nbase;
    size_t bytes = m->metadata == NULL ? 0 : m->metadata(n);
    w->m = m;
    w->frames = malloc(n * sizeof(*w->frames));
    w->metadata = malloc(bytes);
    assert_true(w->frames != NULL && w->metadata != NULL);
    memset(w->metadata, JUNK, bytes);
    memset(w->frames, JUNK, n * sizeof(*w->frames));
    for (size_t i = 0; i < n && (m->caps & PMM_LAZY) == 0; i++) {
        w->frames[i] = (struct Page){.flags = (uint64_t)1 << PG_reserved};
    }
    enter(w)->init();
}

/* A lazy policy has left every descriptor alone. */
static void
end_world(struct world *w) {
    const unsigned char *byte = (const unsigned char *)w->frames;
    for (size_t i = 0; i < (npage - nbase) * sizeof(*w->frames) && (w->m->caps & PMM_LAZY) != 0;
         i++) {
        assert_int_equal(byte[i], JUNK);
    }
    free(w->frames);
    free(w->metadata);
}

static void
both_get_memory(size_t at, size_t n) {
    enter(&run.plain)->init_memmap(run.plain.frames + at, n);
    enter(&run.indexed)->init_memmap(run.indexed.frames + at, n);
}

static void
both_free(size_t at, size_t n) {
    enter(&run.plain)->free_pages(run.plain.frames + at, n);
    enter(&run.indexed)->free_pages(run.indexed.frames + at, n);
}

static void
both_alloc(size_t n) {
    struct Page *p = enter(&run.plain)->alloc_pages(n);
    struct Page *q = enter(&run.indexed)->alloc_pages(n);
    if (p == NULL || q == NULL) {
        assert_true(p == NULL && q == NULL);
        return;
    }
    assert_int_equal(q - run.indexed.frames, p - run.plain.frames);
    run.granted[run.ngranted++] = (struct extent){(size_t)(p - run.plain.frames), n};
}

/* ---- what is free ---------------------------------------------------------------------------- */

struct seen {
    size_t n;
    struct extent block[NFRAMES];
};

static void
see_block(struct Page *head, size_t n, void *arg) {
    struct seen *seen = arg;
    assert_true(seen->n < NFRAMES);
    seen->block[seen->n++] = (struct extent){(size_t)(head - pages), n};
}

static void
both_have_the_same_free_blocks(void) {
    static struct seen plain, indexed;
    plain.n = indexed.n = 0;
    enter(&run.plain)->for_each_free(see_block, &plain);
    enter(&run.indexed)->for_each_free(see_block, &indexed);
    assert_int_equal(indexed.n, plain.n);
    for (size_t i = 0; i < plain.n; i++) {
        assert_int_equal(indexed.block[i].at, plain.block[i].at);
        assert_int_equal(indexed.block[i].n, plain.block[i].n);
    }
    assert_int_equal(run.indexed.m->nr_free_pages(), run.plain.m->nr_free_pages());
}

/* ---- a sequence ------------------------------------------------------------------------------ */

/* Some of the frames, in pieces that may adjoin, in any order; the others are a hole. */
static void
give_memory(void) {
    struct extent piece[RANGES];
    size_t n = npage - nbase, npieces = 0;
    for (size_t at = 0; at < n && npieces < RANGES;) {
        size_t length = 1 + below(n - at);
        if (below(4) != 0) {
            piece[npieces++] = (struct extent){at, length};
        }
        at += length;
    }
    while (npieces > 0) {
        size_t i = below(npieces);
        both_get_memory(piece[i].at, piece[i].n);
        piece[i] = piece[--npieces];
    }
}

/* A length by one of five mixes; the last has lengths that cannot be had. */
static size_t
length_by(size_t mix, size_t n) {
    switch (mix) {
    case 0:
        return 1;
    case 1:
        return 1 + below(4);
    case 2:
        return 1 + below(16) * below(16);
    case 3:
        return 1 + below(1 + n / 4);
    default:
        return below(n + 2);
    }
}

/* All of a grant, or a part of it; the rest stays granted. */
static void
free_some(bool parts) {
    size_t i = below(run.ngranted);
    struct extent grant = run.granted[i], part = grant;
    run.granted[i] = run.granted[--run.ngranted];
    if (parts) {
        part.at += below(grant.n);
        part.n = 1 + below(grant.at + grant.n - part.at);
    }
    both_free(part.at, part.n);
    struct extent low = {grant.at, part.at - grant.at};
    struct extent high = {part.at + part.n, grant.at + grant.n - (part.at + part.n)};
    if (low.n > 0) {
        run.granted[run.ngranted++] = low;
    }
    if (high.n > 0) {
        run.granted[run.ngranted++] = high;
    }
}

static void
run_sequence(void) {
    size_t n = npage - nbase, mix = below(5);
    size_t fill = 1 + below(3); /* of 4 calls are requests */
    bool parts = below(2) == 0;
    for (size_t calls = 20 + below(3 * n); calls > 0; calls--) {
        if (run.ngranted == 0 || below(4) < fill) {
            both_alloc(length_by(mix, n));
        } else {
            free_some(parts);
        }
    }
    both_have_the_same_free_blocks();
    while (run.ngranted > 0) {
        free_some(false);
    }
    both_have_the_same_free_blocks();
}

static void
compare(const struct pmm_manager *plain, const struct pmm_manager *indexed, size_t sequences) {
    run.seed = 0x243f6a8885a308d3;
    for (size_t i = 0; i < sequences; i++) {
        static const size_t most[] = {9, 40, 130, NFRAMES};
        nbase = below(1000);
        npage = nbase + 1 + below(most[below(ARRAY_SIZE(most))]);
        run.ngranted = 0;
        begin_world(&run.plain, plain);
        begin_world(&run.indexed, indexed);
        give_memory();
        run_sequence();
        end_world(&run.plain);
        end_world(&run.indexed);
    }
}

static size_t
sequences(void) {
    const char *asked = getenv("SEQUENCES");
    return asked == NULL ? 10000 : strtoul(asked, NULL, 10);
}

static void
first_fit_indexed_answers_as_first_fit(void **state) {
    (void)state;
    compare(&default_pmm_manager, &first_fit_indexed_pmm_manager, sequences());
}

static void
best_fit_indexed_answers_as_best_fit(void **state) {
    (void)state;
    compare(&best_fit_pmm_manager, &best_fit_indexed_pmm_manager, sequences());
}

static void
best_fit_indexed_answers_as_best_fit_where_most_blocks_are_long(void **state) {
    (void)state;
    compare(&best_fit_pmm_manager, &best_fit_long_manager, sequences());
}

/* Of a 4 GiB machine's metadata. */
static void
less_than_a_hundredth_of_the_metadata_is_written_at_boot(void **state) {
    (void)state;
    const struct pmm_manager *const both[] = {&first_fit_indexed_pmm_manager,
                                              &best_fit_indexed_pmm_manager};
    for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
        struct world w;
        nbase = 0x80000;
        npage = nbase + (1 << 20);
        begin_world(&w, both[i]);
        w.m->init_memmap(w.frames, npage - nbase);
        const unsigned char *byte = w.metadata;
        size_t bytes = w.m->metadata(npage - nbase), written = 0;
        for (size_t j = 0; j < bytes; j++) {
            written += byte[j] != JUNK;
        }
        assert_true(written > 0 && written < bytes / 100);
        free(w.frames);
        free(w.metadata);
    }
}

static void
best_fit_wants_room_for_a_node_beside_each_64_frames(void **state) {
    (void)state;
    for (size_t n = 1; n < 1000; n++) {
        size_t more =
            best_fit_indexed_pmm_manager.metadata(n) - first_fit_indexed_pmm_manager.metadata(n);
        assert_int_equal(more, n / 64 * 16);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(first_fit_indexed_answers_as_first_fit),
    cmocka_unit_test(best_fit_indexed_answers_as_best_fit),
    cmocka_unit_test(best_fit_indexed_answers_as_best_fit_where_most_blocks_are_long),
    cmocka_unit_test(less_than_a_hundredth_of_the_metadata_is_written_at_boot),
    cmocka_unit_test(best_fit_wants_room_for_a_node_beside_each_64_frames),
};

int
main(int argc, char **argv) {
    return host_test_main("indexed", tests, ARRAY_SIZE(tests), argc, argv);
}
