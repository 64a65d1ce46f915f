/* report.c - a verdict as a line, as TSV, and all of them in one line. */
#include <string.h>

#include "measure.h"
#include "report.h"
#include "rules.h"

static const char *const verdict_names[] = {
    [PASS] = "pass", [BROKEN] = "BROKEN", [LIMITED] = "limited", [SKIPPED] = "skipped"};

/* As the shell takes it for one word. */
static void
write_word(FILE *out, const char *word) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-=";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++) {
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    }
    fputc('\'', out);
}

const char *
report_rule(const struct options *o) {
    return o->rule != RULE_NONE ? rule_name(o->rule, &o->variant) : NULL;
}

void
report_options(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    const struct pool *p = &r->found_in;
    fprintf(out, "--only %s --seed %lu --seeds 1", r->property->name, (unsigned long)r->seed);
    if (p->nranges > 0 && (r->property->pools != POOLS_HOLES || o->npools > 0)) {
        for (unsigned i = 0; i < p->nranges; i++) {
            fprintf(out, "%s%u:%u", i == 0 ? " --pool " : ",", p->range[i].page, p->range[i].n);
        }
        fprintf(out, " --nbase %#lx", (unsigned long)p->nbase);
    } else if (o->has_nbase) {
        fprintf(out, " --nbase %#lx", (unsigned long)o->first_ppn);
    }
    if (o->rule != RULE_NONE) {
        fprintf(out, " --rule %s%s%s", rule_name(o->rule, &o->variant),
                o->variant.high ? " --ties high" : "", o->variant.high_end ? " --end high" : "");
    }
    if (o->variant.top != 0) {
        fprintf(out, " --top %lu", (unsigned long)o->variant.top);
    }
    fprintf(out, "%s%s", o->measure ? " --measure" : "", j->house ? " --house" : "");
}

/* By the source where it is known: tools/judge makes a child of it. */
void
report_again(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    if (o->source != NULL) {
        fprintf(out, "tools/judge ");
        write_word(out, o->source);
        fprintf(out, " ");
        report_options(out, o, j, r);
        return;
    }
    write_word(out, o->program);
    fprintf(out, " ");
    report_options(out, o, j, r);
    fprintf(out, " ");
    write_word(out, o->child);
}

void
report_result(const struct options *o, const struct judge *j, const struct result *r) {
    printf("%-8s %-13s", verdict_names[r->verdict], r->property->name);
    if (r->verdict == BROKEN) {
        printf(" %s: %s\n", r->why.promise, r->why.text);
    } else {
        printf(" %s\n", r->property->title);
    }
    for (unsigned i = 0; i < r->nlimits; i++) {
        printf("    limitation (%s): %s\n", r->limits[i].promise, r->limits[i].text);
    }
    if (r->property->measures && r->verdict != BROKEN && r->verdict != SKIPPED && !o->quiet) {
        measure_print(stdout, j->measured);
    }
    if (r->verdict != BROKEN || o->quiet || r->property->bare) {
        return;
    }
    report_table(r);
    if (!r->replayed) {
        printf("    it did not happen again in a fresh process\n");
    }
    printf("    again: ");
    report_again(stdout, o, j, r);
    printf("\n");
}

static void
write_row(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    static const char *const names[] = {
        [PASS] = "pass", [BROKEN] = "broken", [LIMITED] = "limitation", [SKIPPED] = "skipped"};
    fprintf(out, "%s\t%s\t", r->property->name, names[r->verdict]);
    if (r->verdict == BROKEN) {
        fprintf(out, "%s\t%s\t%zu\t", r->why.promise, r->why.text, r->nsteps);
        for (size_t i = 0; i < r->nsteps; i++) {
            char call[64];
            report_call(call, sizeof(call), &r->steps[i]);
            fprintf(out, "%s%s", i == 0 ? "" : "; ", call);
        }
        fprintf(out, "\t");
        report_again(out, o, j, r);
        fprintf(out, "\n");
        return;
    }
    for (unsigned i = 0; i < r->nlimits; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", r->limits[i].promise);
    }
    fprintf(out, "\t");
    for (unsigned i = 0; i < r->nlimits; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : "; ", r->limits[i].text);
    }
    fprintf(out, "\t0\t\t\n");
}

void
report_tsv(FILE *out, const struct options *o, const struct judge *j, const struct results *all) {
    for (size_t i = 0; i < all->n; i++) {
        write_row(out, o, j, &all->result[i]);
    }
}

bool
report_is_house_rule(const char *promise) {
    return promise[0] == 'H' || strcmp(promise, "rule") == 0;
}

enum kind { A_PROMISE, A_DEATH, A_HOUSE_RULE };

static enum kind
kind_of(const struct result *r) {
    return report_died(r)                         ? A_DEATH
           : report_is_house_rule(r->why.promise) ? A_HOUSE_RULE
                                                  : A_PROMISE;
}

/* "P5, P6" or "hangs, crashes": what of that kind is broken, each once. False: nothing. */
static bool
print_broken(const struct results *all, const char *before, enum kind kind) {
    bool any = false;
    for (size_t i = 0; i < all->n; i++) {
        const struct result *r = &all->result[i];
        bool told = r->verdict != BROKEN || kind_of(r) != kind;
        for (size_t k = 0; k < i && !told; k++) {
            told = all->result[k].verdict == BROKEN &&
                   strcmp(all->result[k].why.promise, r->why.promise) == 0;
        }
        if (!told) {
            bool crash = strcmp(r->why.promise, "crash") == 0;
            printf("%s%s%s", any ? ", " : before, r->why.promise,
                   kind != A_DEATH ? ""
                   : crash         ? "es"
                                   : "s");
            any = true;
        }
    }
    return any;
}

static void
print_limits(const struct limits *l) {
    for (unsigned i = 0; i < l->n; i++) {
        printf("%s%s", i == 0 ? ": " : ", ", l->limit[i].title);
    }
    printf("\n");
}

/* One test is enough: the one of the shortest sequence. */
static void
print_shortest_test(const struct options *o, const struct judge *j, const struct results *all) {
    const struct result *shortest = NULL;
    for (size_t i = 0; i < all->n && !o->quiet; i++) {
        const struct result *r = &all->result[i];
        bool house = report_is_house_rule(r->why.promise);
        if (r->verdict == BROKEN && !house && (r->replayed || r->property->bare) &&
            report_has_test(j, r) && (shortest == NULL || r->nsteps < shortest->nsteps)) {
            shortest = r;
        }
    }
    if (shortest != NULL) {
        printf("\nThe shortest failure as a test, to paste:\n\n");
        report_test(stdout, o, j, shortest);
    }
}

void
report_summary(const struct options *o, const struct judge *j, const struct results *all) {
    unsigned count[SKIPPED + 1] = {0}, n = j->limits.n;
    for (size_t i = 0; i < all->n; i++) {
        count[all->result[i].verdict]++;
    }
    printf("%zu properties: %u hold, %u limited, %u broken", all->n, count[PASS], count[LIMITED],
           count[BROKEN]);
    printf(count[SKIPPED] > 0 ? ", %u not applicable\n" : "\n", count[SKIPPED]);
    const char *scope = o->only != NULL ? " (of what was asked for)" : "";
    bool wrong = print_broken(all, "WRONG: breaks ", A_PROMISE);
    wrong = print_broken(all, wrong ? ", " : "WRONG: ", A_DEATH) || wrong;
    if (!print_broken(all, wrong ? "; house rules: " : "right, but not by the house's rules: ",
                      A_HOUSE_RULE) &&
        !wrong) {
        printf("right");
    }
    printf("%s", scope);
    if (n > 0) {
        printf(", with %u limitation%s", n, n == 1 ? "" : "s");
    }
    print_limits(&j->limits);
    print_shortest_test(o, j, all);
}
