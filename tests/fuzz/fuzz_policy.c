/*
 * fuzz_policy.c - one policy under libFuzzer, each answer checked by the judge's model.
 *
 * An input is a pool and up to 64 calls: every string of bytes means something,
 * so none is wasted. The policy alone is instrumented (tests/inside holds it);
 * a failure prints its calls as a table before it aborts.
 *
 *   byte 0      low bits of the page number of pages[0]
 *   byte 1      ranges, how many of them are given at the start, their order
 *   2 a range   frames left out before it, its length
 *   3 a call    what, and two numbers
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"
#include "report.h"
#include "rules.h"

#define FRAMES     64
#define MOST_CALLS 64
#define RANGES     3

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __asan_on_error(void);
void __ubsan_on_report(void);

static struct judge judge;
static struct world w = {.judge = &judge};

struct input {
    const uint8_t *data;
    size_t left;
};

/* The next byte; 0 behind the end. */
static unsigned
next(struct input *in) {
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->data++;
}

static void
print_calls(void) {
    printf("calls so far, the last one at fault:\n");
    report_table(
        &(struct result){.pool = w.pool, .steps = w.steps, .nsteps = w.nsteps, .why = w.model.why});
    fflush(stdout);
}

void
__asan_on_error(void) {
    print_calls();
}

void
__ubsan_on_report(void) {
    print_calls();
}

static void
must(bool right) {
    if (!right) {
        printf("%s: %s\n", w.model.why.promise, w.model.why.text);
        print_calls();
        abort();
    }
}

static void
on_hang(void) {
    must(broken(&w.model.why, "hang", "a call does not return"));
}

/* Ranges that do not touch, so that the rules of kinds of policies hold. */
static struct pool
read_pool(struct input *in) {
    struct pool p = {.npages = FRAMES, .nbase = 0x80000 + next(in)};
    unsigned shape = next(in), page = 0, wanted = 1 + shape % RANGES;
    while (p.nranges < wanted && page < FRAMES) {
        unsigned first = page + next(in) % 8, n = 1 + next(in) % 32;
        if (first >= FRAMES) {
            break;
        }
        n = first + n <= FRAMES ? n : FRAMES - first;
        p.range[p.nranges++] = (struct range){first, n};
        page = first + n + 1;
    }
    for (unsigned i = 0; i + 1 < p.nranges && (shape & 0x40) != 0; i++) {
        struct range lower = p.range[i];
        p.range[i] = p.range[i + 1];
        p.range[i + 1] = lower;
    }
    p.given = (shape & 0x80) != 0 ? 1 : p.nranges;
    return p;
}

/* Some part of a grant that is still granted. */
static bool
free_part(uint32_t id, unsigned off, unsigned n) {
    struct grant g = w.model.grants[id];
    off %= g.n;
    for (n = 1 + n % g.n; n > 0; n--) {
        bool whole = n <= g.n - off && n < g.n;
        for (unsigned i = off; whole && i < off + n; i++) {
            whole = w.model.owner[g.page + i] == OWNED + id;
        }
        if (whole) {
            return world_free_part(&w, id, off, n);
        }
    }
    return true;
}

static void
one_call(struct input *in, unsigned *given) {
    unsigned what = next(in), a = next(in), b = next(in);
    uint32_t id = w.nlive > 0 ? w.live[a % w.nlive] : UINT32_MAX;
    bool intact = w.nlive > 0 && w.model.grants[id].left == w.model.grants[id].n;
    bool parts = (w.child.caps & PMM_SUBRANGE) != 0;
    if (what == 0xff) {
        must(world_restart(&w));
        *given = w.pool.given;
    } else if (what == 0xfe) {
        must(world_alloc(&w, SIZE_MAX - a - ((uint64_t)b << 32), &id));
    } else if (what % 8 == 7 && *given < w.pool.nranges) {
        must(world_give(&w, (*given)++));
    } else if (what % 8 >= 6 && w.nlive > 0 && parts) {
        must(free_part(id, b / 16, b % 16));
    } else if (what % 8 >= 4 && intact) {
        must(world_free(&w, id));
    } else {
        must(world_alloc(&w, a % (b % 4 == 0 ? FRAMES + 2 : 9), &id));
    }
}

/* P6: with all free again there are the blocks that there were. */
static void
give_all_back(unsigned given) {
    while (w.nlive > 0) {
        uint32_t id = w.live[w.nlive - 1];
        struct grant g = w.model.grants[id];
        if (g.left == g.n) {
            must(world_free(&w, id));
            continue;
        }
        for (uint32_t i = 0; i < g.n; i++) {
            if (w.model.owner[g.page + i] == OWNED + id) {
                must(world_free_part(&w, id, i, 1));
            }
        }
    }
    uint64_t now = w.model.largest_block;
    bool known = w.model.blocks_known;
    must(world_finish(&w));
    must(world_restart(&w));
    for (unsigned i = w.pool.given; i < given; i++) {
        must(world_give(&w, i));
    }
    must(!known || now == w.model.largest_block ||
         broken(&w.model.why, "P6", "the largest block was %lu pages, and is %lu",
                w.model.largest_block, now));
}

/* The judge's --rule, --house and --cache, by the environment, as the command line is libFuzzer's.
 */
int
LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    const char *rule = getenv("PAGELAB_RULE"), *house = getenv("PAGELAB_HOUSE");
    w.extras.rule = rule_named(rule == NULL ? "" : rule, &w.extras.variant);
    w.extras.place = w.extras.size = w.extras.align = w.extras.rule != RULE_NONE;
    const char *cache = getenv("PAGELAB_CACHE");
    judge.cached = cache != NULL && cache[0] != '\0';
    judge.house = w.extras.junk = house != NULL && house[0] != '\0';
    inside_guard(on_hang);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input in = {data, size};
    struct pool pool = read_pool(&in);
    if (pool.nranges == 0) {
        return 0;
    }
    w.pool.nbase = pool.nbase; /* init() is told; no new memory has to be laid out for that */
    must(world_start(&w, &pool));
    unsigned given = pool.given;
    for (unsigned i = 0; i < MOST_CALLS && in.left > 0; i++) {
        one_call(&in, &given);
    }
    give_all_back(given);
    return 0;
}
