/*
 * json.c - everything that is known, as one JSON object.
 *
 *   policy, source, program   the manager's .name; its file, or null; the child
 *   seed, seeds, rule, house  what was asked for; rule may be null
 *   right                     no promise is broken, house rules aside
 *   breaks                    promises that are broken, each once
 *   limitations               [{promise, title, text}]
 *   properties                [{name, title, verdict, ...}]; verdict is pass,
 *                             limitation, broken or skipped
 *
 * A broken property has also: promise and text, as in the report; source, where
 * a child with sanitizers stopped, or null; seed; found_in
 * and pool, the memory that it was found in and the one of the steps, each
 * {nbase, descriptors, ranges: [[first index, pages]], given: how many of them at
 * the start}; replayed, whether it failed again in a fresh child; options, which
 * with the child repeat it, and again, a command; steps, the shortest sequence
 * that was found: [{call, kind, grant, offset, n, answer, page, nr_free}], where
 * answer and page are null when there is none, and nr_free when the call did not
 * come back; test, that sequence as a C function, or null.
 *
 * The property "measure" has measured; measure.h says what is in it.
 */
#define _GNU_SOURCE /* open_memstream */
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "report.h"

static const char *const verdict_names[] = {
    [PASS] = "pass", [BROKEN] = "broken", [LIMITED] = "limitation", [SKIPPED] = "skipped"};

/* Bytes of the UTF-8 character that `s` starts with; 0: it starts with none. */
static size_t
utf8_length(const unsigned char *s) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    uint32_t c = n > 1 ? s[0] & (0x7fu >> n) : s[0];
    for (size_t i = 1; i < n; i++) {
        if (s[i] >> 6 != 2) {
            return 0;
        }
        c = c << 6 | (s[i] & 0x3f);
    }
    bool surrogate = c >= 0xd800 && c < 0xe000;
    return n > 0 && c >= least[n] && c <= 0x10ffff && !surrogate ? n : 0;
}

/* A string, or null. What is no UTF-8 becomes U+FFFD. */
static void
put_string(FILE *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    if (text == NULL) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    while (*s != '\0') {
        size_t n = utf8_length(s);
        if (*s == '"' || *s == '\\') {
            fprintf(out, "\\%c", *s);
        } else if (*s < ' ' || *s == 0x7f) {
            fprintf(out, "\\u%04x", *s);
        } else if (n == 0) {
            fputs("\\ufffd", out);
        } else {
            fwrite(s, 1, n, out);
        }
        s += n > 0 ? n : 1;
    }
    fputc('"', out);
}

static void
put_field(FILE *out, const char *name, const char *text) {
    fprintf(out, "\"%s\": ", name);
    put_string(out, text);
    fputs(", ", out);
}

static void
put_limits(FILE *out, const struct limit *limit, unsigned n) {
    fputs("\"limitations\": [", out);
    for (unsigned i = 0; i < n; i++) {
        fputs(i == 0 ? "{" : ", {", out);
        put_field(out, "promise", limit[i].promise);
        put_field(out, "title", limit[i].title);
        fputs("\"text\": ", out);
        put_string(out, limit[i].text);
        fputc('}', out);
    }
    fputc(']', out);
}

static void
put_pool(FILE *out, const char *name, const struct pool *p) {
    fprintf(out, "\"%s\": {\"nbase\": %lu, \"descriptors\": %u, \"given\": %u, \"ranges\": [", name,
            (unsigned long)p->nbase, p->npages, p->given);
    for (unsigned i = 0; i < p->nranges; i++) {
        fprintf(out, "%s[%u, %u]", i == 0 ? "" : ", ", p->range[i].page, p->range[i].n);
    }
    fputs("]}, ", out);
}

static void
put_step(FILE *out, const struct step *s, bool died) {
    static const char *const kinds[] = {
        [OP_ALLOC] = "alloc", [OP_FREE] = "free", [OP_PART] = "part", [OP_GIVE] = "memmap"};
    char text[64];
    report_call(text, sizeof(text), s);
    fputs("\n      {", out);
    put_field(out, "call", text);
    put_field(out, "kind", kinds[s->op.kind]);
    fprintf(out, "\"grant\": %u, \"offset\": %u, \"n\": %lu, ",
            s->op.kind == OP_GIVE ? 0 : s->op.id + 1, s->op.off, (unsigned long)s->op.n);
    report_answer(text, sizeof(text), s);
    put_field(out, "answer", died || s->op.kind != OP_ALLOC ? NULL : text);
    if (s->page < WIRE_STRAY && !(died && s->op.kind == OP_ALLOC)) {
        fprintf(out, "\"page\": %lu, ", (unsigned long)s->page);
    } else {
        fputs("\"page\": null, ", out);
    }
    if (died) {
        fputs("\"nr_free\": null}", out);
    } else {
        fprintf(out, "\"nr_free\": %lu}", (unsigned long)s->nr_free);
    }
}

/* What a function writes, as a string. */
static void
put_written(FILE *out, const char *name, const struct options *o, const struct judge *j,
            const struct result *r,
            void (*write)(FILE *, const struct options *, const struct judge *,
                          const struct result *)) {
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL) {
        abort();
    }
    write(memory, o, j, r);
    fclose(memory);
    put_field(out, name, size > 0 ? text : NULL);
    free(text);
}

static void
put_failure(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    put_field(out, "promise", r->why.promise);
    put_field(out, "text", r->why.text);
    put_field(out, "source", r->why.source[0] != '\0' ? r->why.source : NULL);
    fprintf(out, "\"seed\": %lu, ", (unsigned long)r->seed);
    put_pool(out, "found_in", &r->found_in);
    put_pool(out, "pool", &r->pool);
    fprintf(out, "\"replayed\": %s, ", r->replayed ? "true" : "false");
    put_written(out, "again", o, j, r, report_again);
    put_written(out, "options", o, j, r, report_options);
    put_written(out, "test", o, j, r, report_test);
    fputs("\"steps\": [", out);
    for (size_t i = 0; i < r->nsteps; i++) {
        fputs(i == 0 ? "" : ",", out);
        put_step(out, &r->steps[i], i + 1 == r->nsteps && report_died(r));
    }
    fputs("], ", out);
}

static void
put_property(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    fputs("\n    {", out);
    put_field(out, "name", r->property->name);
    put_field(out, "title", r->property->title);
    put_field(out, "verdict", verdict_names[r->verdict]);
    if (r->verdict == BROKEN) {
        put_failure(out, o, j, r);
    }
    if (r->property->measures && j->measured->done) {
        fputs("\"measured\": ", out);
        measure_json(out, j->measured);
        fputs(", ", out);
    }
    put_limits(out, r->limits, r->nlimits);
    fputc('}', out);
}

/* Promises that are broken, each once. True: none of them but house rules. */
static bool
put_breaks(FILE *out, const struct results *all) {
    bool right = true, any = false;
    fputs("\"breaks\": [", out);
    for (size_t i = 0; i < all->n; i++) {
        const struct result *r = &all->result[i];
        bool told = r->verdict != BROKEN;
        for (size_t k = 0; k < i && !told; k++) {
            told = all->result[k].verdict == BROKEN &&
                   strcmp(all->result[k].why.promise, r->why.promise) == 0;
        }
        if (!told) {
            fputs(any ? ", " : "", out);
            put_string(out, r->why.promise);
            right = right && report_is_house_rule(r->why.promise);
            any = true;
        }
    }
    fputs("], ", out);
    return right;
}

void
report_json(FILE *out, const struct options *o, const struct judge *j, const struct results *all) {
    fputs("{\n  ", out);
    put_field(out, "policy", j->name);
    put_field(out, "source", o->source);
    put_field(out, "program", o->child);
    put_field(out, "rule", report_rule(o));
    fprintf(out, "\"seed\": %lu, \"seeds\": %u, \"house\": %s,\n  ", (unsigned long)o->seed,
            o->seeds, j->house ? "true" : "false");
    bool right = put_breaks(out, all);
    fprintf(out, "\"right\": %s,\n  ", right ? "true" : "false");
    put_limits(out, j->limits.limit, j->limits.n);
    fputs(",\n  \"properties\": [", out);
    for (size_t i = 0; i < all->n; i++) {
        fputs(i == 0 ? "" : ",", out);
        put_property(out, o, j, &all->result[i]);
    }
    fputs("\n  ]\n}\n", out);
}
