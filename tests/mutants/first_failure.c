/* first_failure.c - in the place of tests/judge/shrink.c: a mutant dies of its first failure. */
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"

void
shrink(struct world *w, struct result *result) {
    printf("broken   %s: %s: %s\n", result->property->name, result->why.promise, result->why.text);
    world_close(w);
    exit(1);
}
