/*
 * main.c - options of a search (search.c), and its result as a line and a table.
 *
 * Status: 0 all promises hold; 1 one is broken; 2 usage; 3 no memory; 4 cut off.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inside.h"
#include "report.h"
#include "rules.h"
#include "search.h"

static void
tell(void) {
    struct world *w = &search.w;
    struct why why = w->model.why;
    bool again = search.states.n == 0 || search_again();
    why = again ? w->model.why : why;
    printf("    %s: %s\n", why.promise, why.text);
    report_table(
        &(struct result){.pool = search.pool, .steps = w->steps, .nsteps = w->nsteps, .why = why});
    if (!again) {
        printf("    not so when it is done again: init() does not restore the first state\n");
    }
}

static enum status
search_all(const char *name) {
    struct timespec t;
    bool right = search_prepare();
    if (search.parts && (search.w.child.caps & PMM_SUBRANGE) == 0) {
        return HOLDS;
    }
    enum status status = right ? search_run() : BREAKS;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    printf("%-16s %2lu pages, first %#lx, %s%s: ", name, (unsigned long)pool_pages(&search.pool),
           (unsigned long)search.pool.nbase + search.pool.range[0].page,
           search.sets ? "sets" : "full state", search.parts ? ", parts" : "");
    printf("%u states, %lu calls, ", search.states.n, (unsigned long)search.moves);
    printf(search.closed ? "closed, no state is further than %u calls" : "depth %u",
           search.reached);
    printf(", %.1f s\n", (double)t.tv_sec + (double)t.tv_nsec / 1e9);
    for (unsigned i = 0; i < search.judge.limits.n; i++) {
        printf("    limitation (%s): %s\n", search.judge.limits.limit[i].promise,
               search.judge.limits.limit[i].text);
    }
    if (status == BREAKS) {
        tell();
    } else if (status == CUT_OFF) {
        printf("    cut off: more than %u states\n", search.most);
    }
    return status;
}

/* ---- options -------------------------------------------------------------------------------- */

static const char usage_text[] =
    "usage: search [options]\n"
    "  --name NAME        in the first column\n"
    "  --pool B:N[,B:N]   ranges, as indexes into pages[] (0:8)\n"
    "  --nbase N          page number of index 0 (0x80000)\n"
    "  --depth D          calls in a row, at most; 0: until no new state turns up (0)\n"
    "  --sets             a state is the sets of live grants and of free blocks, nothing else\n"
    "  --parts            free parts of grants, too, if the policy has PMM_SUBRANGE\n"
    "  --house            house rules are promises, and NULL leaves every byte as it was\n"
    "  --cache            a front cache stands before the policy\n"
    "  --rule R           also where pages come from: first_fit, ... (tools/judge --help)\n"
    "  --frame-bytes N    the policy keeps data in the first N bytes of frames (0)\n"
    "  --scrub            ... but not of frames in free blocks: these are overwritten\n"
    "  --most N           states, then it is cut off\n";

static bool
parse_pool(char *text) {
    struct pool *p = &search.pool;
    p->nranges = p->npages = 0;
    for (char *part = strtok(text, ","); part != NULL; part = strtok(NULL, ",")) {
        struct range x;
        if (p->nranges == MAX_RANGES || sscanf(part, "%u:%u", &x.page, &x.n) != 2 || x.n == 0 ||
            x.page + x.n > MOST_PAGES - 1) {
            return false;
        }
        p->range[p->nranges++] = x;
        p->npages = x.page + x.n > p->npages ? x.page + x.n : p->npages;
    }
    p->npages += p->range[0].page > 0; /* a frame behind the last one that is not memory */
    p->given = p->nranges;
    return p->nranges > 0;
}

/* What an option without an argument sets; NULL: it has one, or there is none of that name. */
static bool *
flag_of(int c) {
    return c == 's'   ? &search.sets
           : c == 'P' ? &search.parts
           : c == 'h' ? &search.judge.house
           : c == 'S' ? &search.scrub
           : c == 'c' ? &search.judge.cached
                      : NULL;
}

int
main(int argc, char **argv) {
    static const struct option options[] = {
        {"name", 1, NULL, 'n'},  {"pool", 1, NULL, 'p'},  {"nbase", 1, NULL, 'b'},
        {"depth", 1, NULL, 'd'}, {"sets", 0, NULL, 's'},  {"parts", 0, NULL, 'P'},
        {"house", 0, NULL, 'h'}, {"rule", 1, NULL, 'r'},  {"frame-bytes", 1, NULL, 'f'},
        {"most", 1, NULL, 'm'},  {"scrub", 0, NULL, 'S'}, {"cache", 0, NULL, 'c'},
        {NULL, 0, NULL, 0},
    };
    const char *name = "policy";
    struct extras *extras = &search.w.extras;
    search.pool = pool_of(0, 8, 0x80000);
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        bool right = true, *flag = flag_of(c);
        if (flag != NULL) {
            *flag = true;
            continue;
        }
        switch (c) {
        case 'n':
            name = optarg;
            break;
        case 'p':
            right = parse_pool(optarg);
            break;
        case 'b':
            search.pool.nbase = strtoull(optarg, NULL, 0);
            break;
        case 'd':
            search.depth = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'r':
            right = (extras->rule = rule_named(optarg, &extras->variant)) != RULE_NONE;
            break;
        case 'f':
            search.frame_bytes = strtoul(optarg, NULL, 0);
            break;
        case 'm':
            search.most = (uint32_t)strtoul(optarg, NULL, 0);
            break;
        default:
            right = false;
        }
        if (!right) {
            fputs(usage_text, stderr);
            return USAGE;
        }
    }
    extras->place = extras->size = extras->align = extras->rule != RULE_NONE;
    extras->junk = search.judge.house;
    search.w.judge = &search.judge;
    inside_guard(NULL);
    return (int)search_all(name);
}
