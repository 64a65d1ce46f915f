/* report.h - verdicts for people, and for programs. */
#ifndef JUDGE_REPORT_H
#define JUDGE_REPORT_H

#include <stdio.h>

#include "suite.h"

/* One line; unless quiet, a broken promise is followed by its table. */
void report_result(const struct options *o, const struct judge *j, const struct result *r);

/* Property, verdict, promise, text, number of calls, the calls, how to run it again. */
void report_tsv(FILE *out, const struct options *o, const struct judge *j, const struct result *r);

#endif
