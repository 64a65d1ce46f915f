/* report.c - a verdict as a line, a table that can be followed by hand, and as TSV. */
#include <string.h>

#include "report.h"
#include "rules.h"

#define MOST_ROWS 40 /* of a table; more are cut in the middle */

static const char *const verdict_names[] = {
    [PASS] = "pass", [BROKEN] = "BROKEN", [LIMITED] = "limited", [SKIPPED] = "skipped"};

static void
write_call(char *text, size_t size, const struct step *s) {
    unsigned long n = (unsigned long)s->op.n;
    switch (s->op.kind) {
    case OP_ALLOC:
        snprintf(text, size, "#%u = alloc_pages(%lu)", s->op.id + 1, n);
        break;
    case OP_FREE:
        snprintf(text, size, "free_pages(#%u, %lu)", s->op.id + 1, n);
        break;
    case OP_PART:
        snprintf(text, size, "free_pages(#%u + %u, %lu)", s->op.id + 1, s->op.off, n);
        break;
    case OP_GIVE:
        snprintf(text, size, "init_memmap(%lu, %lu)", (unsigned long)s->page, n);
        break;
    }
}

static void
write_answer(char *text, size_t size, const struct step *s) {
    if (s->page == WIRE_NO_PAGE) {
        snprintf(text, size, "NULL");
    } else if (s->page == WIRE_STRAY) {
        snprintf(text, size, "-");
    } else if (s->op.kind == OP_GIVE) {
        text[0] = '\0';
    } else {
        snprintf(text, size, "page %lu", (unsigned long)s->page);
    }
}

static void
print_table(const struct result *r) {
    printf("    memory: page number of index 0 is %#lx, %u descriptors\n",
           (unsigned long)r->pool.nbase, r->pool.npages);
    printf("    %4s  %-26s %-12s %s\n", "step", "call", "answer", "free pages");
    for (size_t i = 0; i < r->nsteps; i++) {
        char call[64], answer[32];
        if (r->nsteps > MOST_ROWS && i == MOST_ROWS / 2) {
            i = r->nsteps - MOST_ROWS / 2;
            printf("    ...\n");
        }
        write_call(call, sizeof(call), &r->steps[i]);
        write_answer(answer, sizeof(answer), &r->steps[i]);
        bool died = strcmp(r->why.promise, "hang") == 0 || strcmp(r->why.promise, "crash") == 0 ||
                    strcmp(r->why.promise, "panic") == 0;
        if (i + 1 < r->nsteps || !died) {
            printf("    %4zu  %-26s %-12s %lu\n", i + 1, call, answer,
                   (unsigned long)r->steps[i].nr_free);
        } else {
            printf("    %4zu  %-26s %s\n", i + 1, call, r->why.promise);
        }
    }
}

/* The command that shows it again. */
static void
print_again(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    const struct pool *p = &r->found_in;
    fprintf(out, "%s --only %s --seed %lu --seeds 1", o->program, r->property->name,
            (unsigned long)r->seed);
    if (r->property->pools != POOLS_HOLES || o->npools > 0) {
        for (unsigned i = 0; i < p->nranges; i++) {
            fprintf(out, "%s%u:%u", i == 0 ? " --pool " : ",", p->range[i].page, p->range[i].n);
        }
        fprintf(out, " --nbase %#lx", (unsigned long)p->nbase);
    } else if (o->has_nbase) {
        fprintf(out, " --nbase %#lx", (unsigned long)o->first_ppn);
    }
    if (o->rule != RULE_NONE) {
        fprintf(out, " --rule %s", rule_name(o->rule));
    }
    fprintf(out, "%s %s", j->house ? " --house" : "", o->child);
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
    if (r->verdict != BROKEN || o->quiet || r->property->bare) {
        return;
    }
    print_table(r);
    if (!r->replayed) {
        printf("    it did not happen again in a fresh process\n");
    }
    printf("    again: ");
    print_again(stdout, o, j, r);
    printf("\n");
}

void
report_tsv(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    static const char *const names[] = {
        [PASS] = "pass", [BROKEN] = "broken", [LIMITED] = "limitation", [SKIPPED] = "skipped"};
    fprintf(out, "%s\t%s\t", r->property->name, names[r->verdict]);
    if (r->verdict == BROKEN) {
        fprintf(out, "%s\t%s\t%zu\t", r->why.promise, r->why.text, r->nsteps);
        for (size_t i = 0; i < r->nsteps; i++) {
            char call[64];
            write_call(call, sizeof(call), &r->steps[i]);
            fprintf(out, "%s%s", i == 0 ? "" : "; ", call);
        }
        fprintf(out, "\t");
        print_again(out, o, j, r);
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
