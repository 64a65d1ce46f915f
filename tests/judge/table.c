/* table.c - the calls of a failure, as a table that can be followed by hand. */
#include <string.h>

#include "report.h"

#define MOST_ROWS 40 /* more are cut in the middle */

void
report_call(char *text, size_t size, const struct step *s) {
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

void
report_answer(char *text, size_t size, const struct step *s) {
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

bool
report_died(const struct result *r) {
    return strcmp(r->why.promise, "hang") == 0 || strcmp(r->why.promise, "crash") == 0 ||
           strcmp(r->why.promise, "panic") == 0;
}

void
report_table(const struct result *r) {
    printf("    memory: page number of index 0 is %#lx, %u descriptors\n",
           (unsigned long)r->pool.nbase, r->pool.npages);
    printf("    %4s  %-26s %-12s %s\n", "step", "call", "answer", "free pages");
    for (size_t i = 0; i < r->nsteps; i++) {
        char call[64], answer[32];
        if (r->nsteps > MOST_ROWS && i == MOST_ROWS / 2) {
            i = r->nsteps - MOST_ROWS / 2;
            printf("    ...\n");
        }
        report_call(call, sizeof(call), &r->steps[i]);
        report_answer(answer, sizeof(answer), &r->steps[i]);
        if (i + 1 < r->nsteps || !report_died(r)) {
            printf("    %4zu  %-26s %-12s %lu\n", i + 1, call, answer,
                   (unsigned long)r->steps[i].nr_free);
        } else {
            printf("    %4zu  %-26s %s\n", i + 1, call, r->why.promise);
        }
    }
}
