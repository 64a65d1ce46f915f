/*
 * judge.c - is this allocator right? Options, the list of properties, the verdict.
 *
 * The policy is in a process of its own (child.c), or in a machine (machine.c);
 * model, seed and verdict are here. Exit status: 0 every property holds (or is limited), 1 a
 * promise is broken, 2 usage, 3 the judge's own fault.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "hoard.h"
#include "limits.h"
#include "machine.h"
#include "measure.h"
#include "report.h"
#include "rules.h"
#include "suite.h"

enum { STATUS_HOLDS, STATUS_BROKEN, STATUS_USAGE, STATUS_FAULT };

#define QUICK_SEEDS   100
#define FULL_SEEDS    1000
#define MACHINE_FEWER 10 /* times: of a machine; calls to it take longer */

static const char usage_text[] =
    "usage: judge [options] CHILD\n"
    "  CHILD              a program made of child.c and one policy, or a kernel made of\n"
    "                     tests/guest and one, which QEMU boots (a tenth of the seeds)\n"
    "  --rule R           also where pages come from: first_fit, best_fit, next_fit,\n"
    "                     worst_fit, buddy, any_buddy (splits any block, not the smallest)\n"
    "  --ties high        of equal blocks the one at the highest address, not the lowest\n"
    "  --end high         pages come from the high end of a block\n"
    "  --top N            a buddy's largest block has N pages\n"
    "  --house            house rules (H1, H2) and P7 in full are promises, not limitations\n"
    "  --cache            CHILD has a front cache before the policy\n"
    "  --only GLOB        only these properties; --list shows all\n"
    "  --seed S           first seed (1)\n"
    "  --seeds K          seeds for each pool (100, with --full 1000)\n"
    "  --full             all pools, among them 31929 pages at 839 and 32768\n"
    "  --pool B:N[,B:N]   instead of the properties' own pools; again for another one\n"
    "  --nbase N          page number of index 0\n"
    "  --audit-every K    look at all free blocks after each K steps\n"
    "  --timeout-ms T     time for one call (2000)\n"
    "  --as-found         a failure is told as it was found, not shortened\n"
    "  --source FILE      the policy's file, for reports\n"
    "  --measure          instructions of a call and memory that is lost, and nothing else\n"
    "  --traced CHILD     the same policy, counting its steps: is it slow?\n"
    "  --tsv FILE         one line a property, for programs\n"
    "  --json FILE        everything (json.c says what), for programs\n"
    "  --quiet            no tables\n";

static int
usage(const char *what) {
    fprintf(stderr, "judge: %s\n%s", what, usage_text);
    return STATUS_USAGE;
}

static bool
parse_number(const char *text, uint64_t most, uint64_t *value) {
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    *value = strtoull(text, &end, 0);
    return *end == '\0' && *value <= most;
}

/* "B:N,B:N": at most a million descriptors, ranges that do not overlap. */
static bool
parse_pool(char *text, struct pool *p) {
    *p = (struct pool){0};
    for (char *part = strtok(text, ","); part != NULL; part = strtok(NULL, ",")) {
        uint64_t page, n;
        char *colon = strchr(part, ':');
        if (colon == NULL || p->nranges == MAX_RANGES) {
            return false;
        }
        *colon = '\0';
        if (!parse_number(part, 1 << 20, &page) || !parse_number(colon + 1, 1 << 20, &n) ||
            n == 0) {
            return false;
        }
        for (unsigned i = 0; i < p->nranges; i++) {
            struct range x = p->range[i];
            if (page < x.page + x.n && x.page < page + n) {
                return false;
            }
        }
        p->range[p->nranges++] = (struct range){(uint32_t)page, (uint32_t)n};
        p->npages = page + n > p->npages ? (uint32_t)(page + n) : p->npages;
    }
    p->given = p->nranges;
    return p->nranges > 0;
}

enum {
    RULE = 256,
    TIES,
    END,
    TOP,
    HOUSE,
    CACHE,
    ONLY,
    SEED,
    SEEDS,
    FULL,
    POOL,
    NBASE,
    AUDIT,
    TIMEOUT,
    AS_FOUND,
    SOURCE,
    TRACED,
    MEASURE,
    TSV,
    JSON,
    QUIET,
    LIST,
    HELP
};

static const struct option long_options[] = {
    {"rule", required_argument, NULL, RULE},
    {"ties", required_argument, NULL, TIES},
    {"end", required_argument, NULL, END},
    {"top", required_argument, NULL, TOP},
    {"house", no_argument, NULL, HOUSE},
    {"cache", no_argument, NULL, CACHE},
    {"only", required_argument, NULL, ONLY},
    {"seed", required_argument, NULL, SEED},
    {"seeds", required_argument, NULL, SEEDS},
    {"full", no_argument, NULL, FULL},
    {"pool", required_argument, NULL, POOL},
    {"nbase", required_argument, NULL, NBASE},
    {"audit-every", required_argument, NULL, AUDIT},
    {"timeout-ms", required_argument, NULL, TIMEOUT},
    {"as-found", no_argument, NULL, AS_FOUND},
    {"source", required_argument, NULL, SOURCE},
    {"traced", required_argument, NULL, TRACED},
    {"measure", no_argument, NULL, MEASURE},
    {"tsv", required_argument, NULL, TSV},
    {"json", required_argument, NULL, JSON},
    {"quiet", no_argument, NULL, QUIET},
    {"list", no_argument, NULL, LIST},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* Of the options that make a variant of the rule. */
static const char *
take_variant(int c, struct variant *v) {
    bool high = strcmp(optarg, "high") == 0;
    if (c == TOP) {
        bool is_number = parse_number(optarg, 1 << 20, &v->top);
        return is_number && is_power_of_two(v->top) ? NULL : "--top wants 1, 2, 4, 8, ...";
    }
    *(c == TIES ? &v->high : &v->high_end) = high;
    return high || strcmp(optarg, "low") == 0 ? NULL : "--ties and --end want low or high";
}

/* What an option without an argument sets. */
static bool *
flag_of(int c, struct options *o, struct judge *j) {
    return c == HOUSE      ? &j->house
           : c == CACHE    ? &j->cached
           : c == AS_FOUND ? &j->as_found
           : c == FULL     ? &o->full
           : c == MEASURE  ? &o->measure
           : c == QUIET    ? &o->quiet
                           : &o->list;
}

/* One option; NULL when it is fine, else what is wrong with it. */
static const char *
take_option(int c, struct options *o, struct judge *j) {
    uint64_t value = 0;
    switch (c) {
    case RULE:
        o->rule = rule_named(optarg, &o->variant);
        return o->rule == RULE_NONE
                   ? "--rule first_fit, best_fit, next_fit, worst_fit, buddy or any_buddy"
                   : NULL;
    case TIES:
    case END:
    case TOP:
        return take_variant(c, &o->variant);
    case ONLY:
        o->only = optarg;
        return NULL;
    case SEED:
        return parse_number(optarg, UINT64_MAX, &o->seed) ? NULL : "--seed wants a number";
    case SEEDS:
    case AUDIT:
    case TIMEOUT:
        if (!parse_number(optarg, 1000000, &value) || value == 0) {
            return "--seeds, --audit-every, --timeout-ms want a number from 1 to 1000000";
        }
        *(c == SEEDS ? &o->seeds : c == AUDIT ? &j->audit_every : &j->timeout_ms) = (unsigned)value;
        return NULL;
    case POOL:
        if (o->npools == MAX_POOLS || !parse_pool(optarg, &o->pools[o->npools])) {
            return "--pool wants BASE:PAGES[,BASE:PAGES...], disjoint, at most 8 of them";
        }
        o->npools++;
        return NULL;
    case NBASE:
        o->has_nbase = parse_number(optarg, (uint64_t)1 << 40, &o->first_ppn);
        return o->has_nbase ? NULL : "--nbase wants a page number";
    case SOURCE:
        o->source = optarg;
        return NULL;
    case TRACED:
        j->traced = optarg;
        return NULL;
    case TSV:
        o->tsv = optarg;
        return NULL;
    case JSON:
        o->json = optarg;
        return NULL;
    case HOUSE:
    case CACHE:
    case FULL:
    case MEASURE:
    case QUIET:
    case AS_FOUND:
    case LIST:
        *flag_of(c, o, j) = true;
        return NULL;
    default:
        return "";
    }
}

static void
list_properties(void) {
    for (size_t i = 0; i < nproperties; i++) {
        const struct property *p = &properties[i];
        printf("%-13s %s%s\n", p->name, p->title,
               p->sized                ? " (--rule buddy --top)"
               : p->measures           ? " (--measure)"
               : p->rule == RULE_BUDDY ? " (--rule buddy)"
               : p->any_rule           ? " (--rule)"
                                       : "");
    }
}

static const struct property starting = {.name = "start", .title = "the file can be started"};

/* What does the manager have? False: *why says why no child can be started. */
static bool
greet(struct judge *j, struct why *why) {
    struct child c = {0};
    bool right = access(j->path, X_OK) == 0
                     ? child_start(&c, j->path, 1, j->timeout_ms, why)
                     : broken(why, "judge", "cannot start %s: %s", j->path, strerror(errno));
    if (right) {
        j->caps = c.caps;
        j->has = c.has;
        memcpy(j->name, c.name, sizeof(j->name));
    }
    child_stop(&c);
    return right;
}

static void
add_result(struct results *all, const struct options *o, const struct judge *j,
           const struct result *r) {
    all->result[all->n++] = *r;
    if (!j->fault) {
        report_result(o, j, r);
        fflush(stdout);
    }
}

/* Every property that is wanted; when no child can be started, that is the only result. */
static void
run_all(struct judge *j, const struct options *o, struct results *all) {
    struct result r = {.property = &starting, .verdict = BROKEN};
    if (!greet(j, &r.why)) {
        j->fault = strcmp(r.why.promise, "judge") == 0;
        add_result(all, o, j, &r);
        return;
    }
    if (!j->house) {
        limits_learn(j);
        hoard_learn(j);
    }
    for (size_t i = 0; i < nproperties && !j->fault; i++) {
        if (suite_wants(o, &properties[i])) {
            suite_run(j, o, &properties[i], &r);
            add_result(all, o, j, &r);
        }
    }
}

typedef void (*write_results)(FILE *, const struct options *, const struct judge *,
                              const struct results *);

/* False: it cannot be written. */
static bool
write_file(const char *name, write_results write, const struct options *o, const struct judge *j,
           const struct results *all) {
    FILE *out = name != NULL ? fopen(name, "w") : NULL;
    if (out != NULL) {
        write(out, o, j, all);
    }
    if (name != NULL && (out == NULL || fclose(out) != 0)) {
        perror(name);
        return false;
    }
    return true;
}

static int
judge_policy(struct judge *j, const struct options *o) {
    struct results all = {.result = calloc(nproperties + 1, sizeof(struct result))};
    int status = STATUS_HOLDS;
    if (all.result == NULL) {
        abort();
    }
    run_all(j, o, &all);
    if (j->fault) {
        fprintf(stderr, "judge: %s\n", all.result[all.n - 1].why.text);
        status = STATUS_FAULT;
    } else if (all.n == 0) {
        status = usage("no property of that name");
    } else {
        report_summary(o, j, &all);
        bool written = write_file(o->tsv, report_tsv, o, j, &all);
        written = write_file(o->json, report_json, o, j, &all) && written;
        status = written ? STATUS_HOLDS : STATUS_FAULT;
    }
    for (size_t i = 0; i < all.n; i++) {
        status = status == STATUS_HOLDS && all.result[i].verdict == BROKEN ? STATUS_BROKEN : status;
        free(all.result[i].steps);
    }
    free(all.result);
    return status;
}

int
main(int argc, char **argv) {
    static struct options o = {.seed = 1};
    static struct measured measured;
    static struct judge j = {.timeout_ms = 2000, .measured = &measured};
    for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (c == HELP) {
            fputs(usage_text, stdout);
            return STATUS_HOLDS;
        }
        const char *wrong = take_option(c, &o, &j);
        if (wrong != NULL) {
            return usage(*wrong != '\0' ? wrong : "no such option");
        }
    }
    if (o.list) {
        list_properties();
        return STATUS_HOLDS;
    }
    if (optind != argc - 1) {
        return usage("one CHILD is wanted");
    }
    const char *lacks = rule_lacks(o.rule, &o.variant);
    if (lacks != NULL) {
        return usage(lacks);
    }
    for (unsigned i = 0; i < o.npools; i++) {
        o.pools[i].nbase = o.has_nbase ? o.first_ppn : 0x80000;
    }
    o.program = argv[0];
    o.child = j.path = argv[optind];
    j.machine = machine_wants(j.path);
    if (o.seeds == 0) {
        o.seeds = (o.full ? FULL_SEEDS : QUICK_SEEDS) / (j.machine ? MACHINE_FEWER : 1);
    }
    signal(SIGPIPE, SIG_IGN);
    return judge_policy(&j, &o);
}
