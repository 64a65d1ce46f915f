/* model_setup.c - memory of the model, and the words of a verdict. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

bool
broken(struct why *why, const char *promise, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why->text, sizeof(why->text), fmt, ap);
    va_end(ap);
    why->source[0] = '\0';
    snprintf(why->promise, sizeof(why->promise), "%s", promise);
    return false;
}

const char *
model_whose(const struct model *m, uint64_t page) {
    static char text[40];
    uint32_t owner = m->owner[page];
    if (owner >= OWNED) {
        snprintf(text, sizeof(text), "belongs to #%u", owner - OWNED + 1);
        return text;
    }
    return owner == FREE ? "is in another one, too" : "was never handed over";
}

bool
model_open(struct model *m, uint32_t capacity) {
    *m = (struct model){.max_grants = 16 * capacity + 4096};
    m->owner = calloc(capacity, sizeof(*m->owner));
    m->seen = calloc(capacity, sizeof(*m->seen));
    m->grants = calloc(m->max_grants, sizeof(*m->grants));
    return m->owner != NULL && m->seen != NULL && m->grants != NULL;
}

void
model_close(struct model *m) {
    free(m->owner);
    free(m->seen);
    free(m->grants);
}

void
model_init(struct model *m, const volatile struct Page *frames, uint32_t npages) {
    struct model fresh = {.pages = frames, .npages = npages, .owner = m->owner, .seen = m->seen};
    fresh.audit = m->audit;
    fresh.grants = m->grants;
    fresh.max_grants = m->max_grants;
    fresh.rounds = m->rounds;
    fresh.lazy = m->lazy;
    *m = fresh;
    memset(m->owner, 0, npages * sizeof(*m->owner));
}
