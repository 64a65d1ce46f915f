/*
 * paste.c - a failing sequence as a test in C, ready to paste.
 *
 * The function takes the manager and needs pmm.h alone: it fails with the policy
 * that was judged, and passes with one that keeps the contract. What is asserted
 * at its end follows from the last call and the promise that it broke.
 */
#include <string.h>

#include "report.h"

#define MOST_STEPS 60 /* nobody reads a longer one */

struct paste {
    FILE *out;
    const struct judge *judge;
    const struct result *result;
    uint64_t live[MOST_STEPS + 1]; /* pages of grant #i that are not yet free */
    bool owned;                    /* the test plays the owner: writes, and looks again */
    bool twice;                    /* everything is done again after a second init() */
};

static bool
is_promise(const struct paste *t, const char *promise) {
    return strcmp(t->result->why.promise, promise) == 0;
}

static const char *
margin(const struct paste *t) {
    return t->twice ? "        " : "    ";
}

/* For each page of a grant, with `at` for the first one and `n` of them. */
static void
put_pages(const struct paste *t, const char *before, unsigned id, unsigned off, uint64_t n,
          const char *after) {
    fprintf(t->out, "%sfor (size_t i = %u; i < %lu; i++) {\n%s    %sp%u[i].ref%s;\n", margin(t),
            off, (unsigned long)(off + n), margin(t), before, id, after);
    if (is_promise(t, "M2")) {
        static const char *const words[] = {"0", "PGSIZE / sizeof(uintptr_t) - 1"};
        for (unsigned k = 0; k < 2 && strcmp(after, " = 0") != 0; k++) {
            fprintf(t->out, "%s    %s((uintptr_t *)page2kva(p%u + i))[%s] %s i + %u%s;\n",
                    margin(t), before, id, words[k], *before == '\0' ? "=" : "==", 100 * id + k,
                    *before == '\0' ? "" : ")");
        }
    }
    fprintf(t->out, "%s}\n", margin(t));
}

static void
put_owners_look(const struct paste *t) {
    for (unsigned id = 1; id <= MOST_STEPS && t->owned; id++) {
        if (t->live[id] > 0) {
            put_pages(t, "assert(", id, 0, t->live[id], " == 1)");
        }
    }
}

static void
put_free(struct paste *t, const struct step *s) {
    unsigned id = s->op.id + 1;
    unsigned long n = (unsigned long)s->op.n;
    if (t->owned) {
        put_pages(t, "", id, s->op.off, n, " = 0");
    }
    if (s->op.off > 0) {
        fprintf(t->out, "%sm->free_pages(p%u + %u, %lu);\n", margin(t), id, s->op.off, n);
    } else {
        fprintf(t->out, "%sm->free_pages(p%u, %lu);\n", margin(t), id, n);
    }
    t->live[id] = s->op.kind == OP_FREE || n >= t->live[id] ? 0 : t->live[id] - n;
}

/* A call that went well. */
static void
put_step(struct paste *t, const struct step *s) {
    unsigned id = s->op.id + 1;
    unsigned long n = (unsigned long)s->op.n;
    switch (s->op.kind) {
    case OP_GIVE:
        fprintf(t->out, "%sm->init_memmap(pages + %lu, %lu);\n", margin(t), (unsigned long)s->page,
                n);
        return;
    case OP_ALLOC:
        if (s->page == WIRE_NO_PAGE) {
            fprintf(t->out, "%sassert(m->alloc_pages(%lu) == NULL);\n", margin(t), n);
            return;
        }
        fprintf(t->out, "%sstruct Page *p%u = m->alloc_pages(%lu);\n%sassert(p%u != NULL);\n",
                margin(t), id, n, margin(t), id);
        t->live[id] = n;
        if (t->owned) {
            put_pages(t, "", id, 0, n, " = 1");
        }
        return;
    default:
        put_free(t, s);
    }
}

/* From that step on, the first that hands a range over; NULL: none does. */
static const struct step *
next_given(const struct paste *t, const struct step *s) {
    const struct step *end = t->result->steps + t->result->nsteps;
    while (s < end && s->op.kind != OP_GIVE) {
        s++;
    }
    return s < end ? s : NULL;
}

static unsigned long
given_pages(const struct paste *t) {
    unsigned long sum = 0;
    for (const struct step *s = t->result->steps; (s = next_given(t, s)) != NULL; s++) {
        sum += s->op.n;
    }
    return sum;
}

/* P5, P3: where the page that came back may not lie. */
static void
put_grant_checks(const struct paste *t, const struct step *s, unsigned id) {
    unsigned long n = (unsigned long)s->op.n;
    if (n == 0) {
        fprintf(t->out, "    assert(p%u == NULL);\n", id);
        return;
    }
    fprintf(t->out, "    assert(p%u == NULL", id);
    for (const struct step *give = t->result->steps; (give = next_given(t, give)) != NULL; give++) {
        fprintf(t->out, " ||\n           (p%u >= pages + %lu && p%u + %lu <= pages + %lu)", id,
                (unsigned long)give->page, id, n, (unsigned long)(give->page + give->op.n));
    }
    fprintf(t->out, ");\n");
    for (unsigned k = 1; k <= MOST_STEPS; k++) {
        if (t->live[k] > 0 && k != id) {
            fprintf(t->out, "    assert(p%u == NULL || p%u + %lu <= p%u || p%u + %lu <= p%u);\n",
                    id, id, n, k, k, (unsigned long)t->live[k], id);
        }
    }
    fprintf(t->out, "    for (size_t i = 0; i < %lu && p%u != NULL; i++) {\n", n, id);
    fprintf(t->out, "        assert(p%u[i].ref == 0);\n    }\n", id);
}

/* The last call asked for pages, and came back. */
static void
put_last_alloc(struct paste *t, const struct step *s) {
    const struct result *r = t->result;
    unsigned id = s->op.id + 1;
    unsigned long n = (unsigned long)s->op.n, due = (unsigned long)r->due;
    uint64_t before = r->nsteps > 1 ? s[-1].nr_free : 0;
    if (s->page == WIRE_NO_PAGE) {
        fprintf(t->out,
                s->nr_free == due ? "    assert(m->alloc_pages(%lu) != NULL);\n"
                                  : "    assert(m->alloc_pages(%lu) == NULL);\n",
                n);
    } else {
        fprintf(t->out, "    struct Page *p%u = m->alloc_pages(%lu);\n", id, n);
    }
    if (s->page == WIRE_NO_PAGE && s->nr_free != due) {
        fprintf(t->out, "    assert(m->nr_free_pages() == %lu);\n", due);
    } else if (is_promise(t, "P4") && due == before) {
        fprintf(t->out, "    assert(p%u == NULL || m->nr_free_pages() <= %lu);\n", id, due - n);
    } else if (is_promise(t, "P4")) {
        fprintf(t->out, "    assert(p%u == NULL || m->nr_free_pages() == %lu);\n", id, due);
    } else if (s->page != WIRE_NO_PAGE) {
        put_grant_checks(t, s, id);
    }
}

/* P2, H1: the free blocks as PG_property shows them. */
static void
put_block_checks(const struct paste *t) {
    unsigned npages = t->result->pool.npages;
    fprintf(t->out, "    size_t listed = 0;\n    for (size_t i = 0; i < %u; i++) {\n", npages);
    fprintf(t->out, "        size_t n = PageProperty(&pages[i]) ? pages[i].property : 0;\n");
    fprintf(t->out, "        assert(n <= %u - i);\n        listed += n;\n", npages);
    for (unsigned k = 1; k <= MOST_STEPS; k++) {
        if (t->live[k] > 0) {
            fprintf(t->out,
                    "        assert(n == 0 || pages + i + n <= p%u || p%u + %lu <= pages + i);\n",
                    k, k, (unsigned long)t->live[k]);
        }
    }
    fprintf(t->out, "    }\n    assert(listed == m->nr_free_pages());\n");
}

/* M4: what was never handed over is as it was. */
static void
put_foreign_checks(const struct paste *t) {
    fprintf(t->out, "    for (size_t i = 0; i < %u; i++) {\n        bool given = false",
            t->result->pool.npages);
    for (const struct step *give = t->result->steps; (give = next_given(t, give)) != NULL; give++) {
        fprintf(t->out, " || (i >= %lu && i < %lu)", (unsigned long)give->page,
                (unsigned long)(give->page + give->op.n));
    }
    fprintf(t->out,
            ";\n        assert(given || (PageReserved(&pages[i]) && pages[i].ref == 0));\n");
    fprintf(t->out, "    }\n");
}

/* The second time the last call must answer, and leave free, what it did the first time. */
static void
put_last_of_twice(struct paste *t, const struct step *s) {
    bool alloc = s->op.kind == OP_ALLOC;
    const char *in = margin(t);
    if (alloc) {
        fprintf(t->out, "%sstruct Page *last = m->alloc_pages(%lu);\n", in, (unsigned long)s->op.n);
        fprintf(t->out, "%sassert(round == 0 || last == answer);\n%sanswer = last;\n", in, in);
    } else {
        put_step(t, s);
    }
    fprintf(t->out, "%sassert(round == 0 || m->nr_free_pages() == left);\n", in);
    fprintf(t->out, "%sleft = m->nr_free_pages();\n    }\n", in);
}

static void
put_last(struct paste *t, const struct step *s) {
    const struct result *r = t->result;
    unsigned long due = (unsigned long)r->due;
    fputc('\n', t->out);
    if (report_died(r) && s->op.kind == OP_ALLOC) {
        fprintf(t->out, "    (void)m->alloc_pages(%lu); /* %s */\n", (unsigned long)s->op.n,
                r->why.promise);
    } else if (t->twice) {
        put_last_of_twice(t, s);
    } else if (s->op.kind == OP_ALLOC) {
        put_last_alloc(t, s);
    } else {
        put_owners_look(t);
        put_step(t, s);
    }
    if (report_died(r)) {
        fprintf(t->out, "    (void)m->nr_free_pages();\n");
    } else if (s->op.kind == OP_GIVE && is_promise(t, "P7")) {
        fprintf(t->out,
                s->nr_free > given_pages(t) ? "    assert(m->nr_free_pages() <= %lu);\n"
                                            : "    assert(m->nr_free_pages() > 0);\n",
                given_pages(t));
    } else if (is_promise(t, "P6") && s->op.kind != OP_ALLOC) {
        fprintf(t->out, "    assert(m->overhead() == overhead);\n");
    } else if (is_promise(t, "P4") && s->op.kind != OP_ALLOC) {
        fprintf(t->out, "    assert(m->nr_free_pages() == %lu);\n", due);
    } else if (is_promise(t, "P2") || is_promise(t, "H1")) {
        put_block_checks(t);
    } else if (is_promise(t, "M4")) {
        put_foreign_checks(t);
    }
    put_owners_look(t);
}

/* A policy's own check; nothing else was called. */
static void
put_selfcheck(const struct paste *t) {
    const char *name = strncmp(t->result->why.text, "basic_", 6) == 0 ? "basic_check" : "check";
    fprintf(t->out, "\n    size_t before = m->nr_free_pages();\n    m->%s();\n", name);
    fprintf(t->out, "    assert(m->nr_free_pages() == before);\n");
}

/* What broke, and the memory that the test wants. */
static void
put_comment(const struct paste *t) {
    const struct result *r = t->result;
    fprintf(t->out, "/*\n * %s: ", r->why.promise);
    for (const char *p = r->why.text; *p != '\0'; p++) {
        fputc(*p == '/' && p > r->why.text && p[-1] == '*' ? ' ' : *p, t->out);
    }
    fprintf(t->out,
            "\n *\n * Before it: %u descriptors, all PG_reserved and ref 0; nbase is %#lx.\n */\n",
            r->pool.npages, (unsigned long)r->pool.nbase);
}

/* Rules of placement, links, and what lies outside pages[] are not for a test of this kind. */
bool
report_has_test(const struct judge *j, const struct result *r) {
    static const char *const promises[] = {"P2",   "P3",    "P4",   "P5",    "P6", "P7", "M2",
                                           "init", "crash", "hang", "panic", "M4", "H1"};
    bool blocks = strcmp(r->why.promise, "P2") == 0 || strcmp(r->why.promise, "H1") == 0;
    if (r->nsteps == 0 || r->nsteps > MOST_STEPS || strstr(r->why.text, "pages[0]") != NULL ||
        (blocks && (j->has & WIRE_HAS_FREE_BLOCKS) != 0)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(promises); i++) {
        if (strcmp(promises[i], r->why.promise) == 0) {
            return true;
        }
    }
    return false;
}

void
report_test(FILE *out, const struct options *o, const struct judge *j, const struct result *r) {
    struct paste t = {.out = out, .judge = j, .result = r};
    (void)o;
    if (r->verdict != BROKEN || !report_has_test(j, r)) {
        return;
    }
    t.owned = is_promise(&t, "P3") || is_promise(&t, "M2");
    t.twice = is_promise(&t, "init");
    put_comment(&t);
    fprintf(out, "static void\ntest_%s(const struct pmm_manager *m) {\n", r->property->name);
    if (t.twice) {
        fprintf(out, "    struct Page *answer = NULL;\n    size_t left = 0;\n");
        fprintf(out, "    for (int round = 0; round < 2; round++) {\n");
        fprintf(out, "        for (size_t i = 0; i < %u; i++) {\n", r->pool.npages);
        fprintf(out, "            pages[i].flags = (uint64_t)1 << PG_reserved;\n");
        fprintf(out, "            pages[i].ref = 0;\n        }\n");
    }
    fprintf(out, "%sm->init();\n", margin(&t));
    size_t last = r->nsteps - 1;
    for (size_t i = 0; i < (r->property->bare ? r->nsteps : last); i++) {
        put_step(&t, &r->steps[i]);
        if (is_promise(&t, "P6") && i + 1 == r->pool.given && r->steps[last].op.kind != OP_ALLOC) {
            fprintf(out, "    size_t overhead = m->overhead();\n");
        }
    }
    if (r->property->bare) {
        put_selfcheck(&t);
    } else {
        put_last(&t, &r->steps[last]);
    }
    fprintf(out, "}\n");
}
