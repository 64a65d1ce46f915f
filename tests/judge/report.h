/* report.h - verdicts for people, and for programs. */
#ifndef JUDGE_REPORT_H
#define JUDGE_REPORT_H

#include <stdio.h>

#include "suite.h"

/* One line; unless quiet, a broken promise is followed by its table. */
void report_result(const struct options *o, const struct judge *j, const struct result *r);

/* The calls of a failure, one line each, to be followed by hand. */
void report_table(const struct result *r);

/* How many hold, and in one line whether the file is right. */
void report_summary(const struct options *o, const struct judge *j, const struct results *all);

/* A line a property: name, verdict, promise, text, number of calls, the calls, how to run it again.
 */
void report_tsv(FILE *out, const struct options *o, const struct judge *j,
                const struct results *all);

/* Everything; json.c says what. */
void report_json(FILE *out, const struct options *o, const struct judge *j,
                 const struct results *all);

/* Pieces that reports share: "#1 = alloc_pages(3)"; "page 4"; the rule's name, or NULL. */
void report_call(char *text, size_t size, const struct step *s);
void report_answer(char *text, size_t size, const struct step *s);
const char *report_rule(const struct options *o);

/* The options that show a failure again; with program and child; the same as a test in C. */
void report_options(FILE *out, const struct options *o, const struct judge *j,
                    const struct result *r);
bool report_has_test(const struct judge *j, const struct result *r); /* short, and of this kind? */
void report_test(FILE *out, const struct options *o, const struct judge *j, const struct result *r);
void report_again(FILE *out, const struct options *o, const struct judge *j,
                  const struct result *r);

/* Did the last call not come back? */
bool report_died(const struct result *r);

/* Is it one of the house's rules that was broken, not a promise? */
bool report_is_house_rule(const char *promise);

#endif
