/*
 * search.c - every sequence of calls on a small pool, breadth first, each answer checked.
 *
 * Linked with one policy (tests/inside). From each state every call is made:
 * alloc_pages of 0 to one page too many and of two absurd lengths, free_pages
 * of each live grant, with --parts of each part of one. After each call the
 * model, the rule of the policy's kind, the owner of all frames and the audit
 * of all free blocks look at the answer, as they do in the judge; a house policy
 * must not have changed one byte when it answers NULL, unless a front cache
 * before it has given its pages back.
 *
 * Two notions of a state:
 *
 *   full    every byte that the policy can see (tests/inside/inside.h), and who
 *           was granted what. Policies are deterministic, so two equal states
 *           have the same future. To depth D: no sequence of up to D calls
 *           breaks a promise. When no new state turns up before that (closed):
 *           no sequence of any length does.
 *   sets    the set of live grants (pages, request) and the set of free blocks.
 *           One representative of each pair, the first one met, is expanded until
 *           no new pair turns up. Closed: in each pair that can be reached from
 *           these representatives, every call keeps the promises when it is made
 *           in the representative. That speaks for all sequences only where
 *           answers depend on these sets alone, as with one list of blocks in
 *           address order; where the order of a list or marks left in frames
 *           matter, it is one sample of each pair.
 *
 * Breadth first: the sequence that is found is a shortest one.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "limits.h"
#include "owner.h"
#include "search.h"

#define NO_STATE UINT32_MAX

struct search search = {.most = 20 * 1000 * 1000};

/* ---- saving and restoring ------------------------------------------------------------------- */

/* What the model knows, less its memory and its verdict. */
#define MODEL_HEAD offsetof(struct model, why)

static size_t
state_bytes(void) {
    uint32_t n = search.pool.npages;
    return search.policy_bytes + MODEL_HEAD + 2 * n * sizeof(uint32_t) +
           (n + 1) * sizeof(struct grant);
}

/* Where the parts of what the model knows begin in a saved state. */
struct saved {
    char *head, *owner, *seen, *grants;
};

static struct saved
saved_in(char *state) {
    char *head = state + search.policy_bytes;
    size_t words = search.pool.npages * sizeof(uint32_t);
    return (struct saved){head, head + MODEL_HEAD, head + MODEL_HEAD + words,
                          head + MODEL_HEAD + 2 * words};
}

static void
save(char *to) {
    const struct model *m = &search.w.model;
    uint32_t n = search.pool.npages;
    struct saved at = saved_in(to);
    inside_save(&search.w.child, n, search.frame_bytes, to);
    memcpy(at.head, m, MODEL_HEAD);
    memcpy(at.owner, m->owner, n * sizeof(uint32_t));
    memcpy(at.seen, m->seen, n * sizeof(uint32_t));
    memcpy(at.grants, m->grants, (n + 1) * sizeof(struct grant));
}

static void
restore(char *from) {
    struct world *w = &search.w;
    struct model *m = &w->model;
    uint32_t n = search.pool.npages;
    struct saved at = saved_in(from);
    inside_restore(&w->child, n, search.frame_bytes, from);
    memcpy(m, at.head, MODEL_HEAD);
    memcpy(m->owner, at.owner, n * sizeof(uint32_t));
    memcpy(m->seen, at.seen, n * sizeof(uint32_t));
    memcpy(m->grants, at.grants, (n + 1) * sizeof(struct grant));
    w->nsteps = 0;
    w->nlive = 0;
    for (uint32_t id = 0; id <= n; id++) {
        if (m->grants[id].left > 0) {
            w->live_at[id] = w->nlive;
            w->live[w->nlive++] = id;
            owner_writes(w, id);
        }
    }
}

/*
 * Who owns what: where each grant begins and the request for it; of one that was
 * freed in part, where each piece begins. Ids and what is freed do not count.
 */
static struct hash
hash_of_grants(struct hash h) {
    const struct model *m = &search.w.model;
    for (uint32_t i = 0; i < search.pool.npages; i++) {
        uint64_t word = m->owner[i];
        if (word >= OWNED) {
            const struct grant *g = &m->grants[word - OWNED];
            bool begins = i == 0 || m->owner[i - 1] != word;
            word = OWNED + begins + ((uint64_t)(g->left == g->n ? g->n : 0) << 8);
        }
        h = hash_bytes(h, &word, sizeof(word));
    }
    return h;
}

/* The contents of granted frames are the owner's, and say who that is. */
static void
forget_contents(char *state) {
    for (uint32_t i = 0; i < search.pool.npages; i++) {
        if (search.w.model.owner[i] >= OWNED) {
            memset(inside_frame(state, i, search.pool.npages, search.frame_bytes), 0,
                   search.frame_bytes);
        }
    }
}

static struct hash
hash_now(void) {
    struct hash h = hash_of_grants((struct hash){1, 2});
    if (search.w.extras.rule == RULE_NEXT_FIT) {
        h = hash_bytes(h, &search.w.model.last_end, sizeof(uint64_t));
    }
    if (search.sets) {
        return hash_bytes(h, &search.w.model.blocks_hash, sizeof(uint64_t));
    }
    inside_save(&search.w.child, search.pool.npages, search.frame_bytes, search.after);
    forget_contents(search.after);
    return hash_bytes(h, search.after, search.policy_bytes);
}

/* ---- one call ------------------------------------------------------------------------------- */

static uint32_t
unused_id(void) {
    uint32_t id = 0;
    while (search.w.model.grants[id].left > 0) {
        id++;
    }
    return id;
}

/* `before` holds the full state from before the call. */
static bool
nothing_changed(void) {
    if (!search.judge.house || search.judge.cached) {
        return true;
    }
    inside_save(&search.w.child, search.pool.npages, search.frame_bytes, search.after);
    return memcmp(search.before, search.after, search.policy_bytes) == 0 ||
           broken(&search.w.model.why, "P5", "NULL, but the policy's state is not what it was");
}

/*
 * Contents that are not the policy's: of granted frames, beside the words that
 * the owner looks at; with `scrub`, of all pages in free blocks, too.
 */
static void
overwrite_contents(void) {
    struct world *w = &search.w;
    for (uint32_t i = 0; i < search.pool.npages && search.frame_bytes > 0; i++) {
        char *frame = w->child.frames + (size_t)i * WIRE_FRAME;
        uint32_t owner = w->model.owner[i];
        if (owner >= OWNED) {
            memset(frame + sizeof(uint64_t), SLACK_BYTE, search.frame_bytes - sizeof(uint64_t));
        } else if (search.scrub && owner == FREE && w->model.seen[i] == w->model.audit) {
            memset(frame, SLACK_BYTE, search.frame_bytes);
        }
    }
}

/* False: a promise is broken. *changed: the state may be a new one. */
static bool
make_move(struct move move, bool *changed) {
    struct world *w = &search.w;
    bool right;
    *changed = true;
    search.moves++;
    if (move.kind == OP_ALLOC) {
        uint32_t id;
        w->next_id = move.id;
        right = world_alloc(w, search.request[move.n], &id);
        *changed = id != UINT32_MAX;
        right = right && (*changed || nothing_changed());
        *changed = *changed || !search.judge.house || search.judge.cached;
    } else if (move.kind == OP_FREE) {
        right = world_free(w, move.id);
    } else {
        right = world_free_part(w, move.id, move.off, move.n);
    }
    if (!right || !world_finish(w)) {
        return false;
    }
    overwrite_contents();
    return true;
}

/* ---- all calls ------------------------------------------------------------------------------ */

/* Make it from the state that `before` holds; false: a promise is broken. */
static bool
try_move(uint32_t from, struct move move) {
    bool changed;
    search.w.nsteps = 0;
    if (!make_move(move, &changed)) {
        states_add(&search.states, (struct hash){0, 0}, from, move);
        return false;
    }
    if (!changed) {
        return true;
    }
    if (states_add(&search.states, hash_now(), from, move)) {
        struct state *s = &search.states.state[search.states.n - 1];
        s->bytes = malloc(state_bytes());
        if (s->bytes == NULL) {
            exit(NO_MEMORY);
        }
        save(s->bytes);
    }
    restore(search.before);
    return true;
}

static bool
try_parts(uint32_t from, uint32_t id) {
    struct grant g = search.w.model.grants[id];
    for (uint32_t off = 0; off < g.n; off++) {
        for (uint32_t n = 1;
             off + n <= g.n && search.w.model.owner[g.page + off + n - 1] == OWNED + id; n++) {
            if (n < g.n &&
                !try_move(from, (struct move){OP_PART, (uint8_t)id, (uint8_t)off, (uint8_t)n})) {
                return false;
            }
        }
    }
    return true;
}

static bool
expand(uint32_t from) {
    memcpy(search.before, search.states.state[from].bytes, state_bytes());
    free(search.states.state[from].bytes);
    search.states.state[from].bytes = NULL;
    restore(search.before);
    uint8_t id = (uint8_t)unused_id();
    for (uint8_t i = 0; i < search.nrequests; i++) {
        if (!try_move(from, (struct move){OP_ALLOC, id, 0, i})) {
            return false;
        }
    }
    for (uint8_t k = 0; k <= search.pool.npages; k++) {
        struct grant g = search.w.model.grants[k];
        if (g.left == g.n && g.left > 0 &&
            !try_move(from, (struct move){.kind = OP_FREE, .id = k})) {
            return false;
        }
        if (g.left > 0 && search.parts && !try_parts(from, k)) {
            return false;
        }
    }
    return true;
}

/* ---- the search ----------------------------------------------------------------------------- */

static bool
begin(void) {
    bool right = world_start(&search.w, &search.pool);
    memset(search.w.model.grants, 0, (search.pool.npages + 1) * sizeof(struct grant));
    return right;
}

/* A file from outside may assert on 0 pages: then it is not asked again. */
static void
try_zero(void) {
    uint32_t id;
    if (search.judge.house || !begin() || world_alloc(&search.w, 0, &id) ||
        strcmp(search.w.model.why.promise, "panic") != 0) {
        return;
    }
    search.judge.no_zero = limited(&search.w, "P5", "asserts on alloc_pages(0)", "");
}

bool
search_prepare(void) {
    uint32_t id, n = (uint32_t)pool_pages(&search.pool);
    try_zero();
    for (search.largest = n; begin() && search.largest > 0; search.largest--) {
        if (!world_alloc(&search.w, search.largest, &id)) {
            return false;
        }
        if (id != UINT32_MAX) {
            break;
        }
    }
    for (uint32_t i = search.judge.no_zero ? 1 : 0; i <= n + 1; i++) {
        search.request[search.nrequests++] = i;
    }
    search.request[search.nrequests++] = ((uint64_t)1 << 32) + 1;
    search.request[search.nrequests++] = UINT64_MAX;
    return begin();
}

/* The first state: all is free. */
static bool
add_first_state(void) {
    search.policy_bytes = inside_state_bytes(search.pool.npages, search.frame_bytes);
    search.before = calloc(1, state_bytes());
    search.after = calloc(1, state_bytes());
    char *bytes = calloc(1, state_bytes());
    if (search.before == NULL || search.after == NULL || bytes == NULL) {
        return false;
    }
    search.w.model.largest = search.largest;
    overwrite_contents();
    states_add(&search.states, hash_now(), NO_STATE, (struct move){0});
    search.states.state[0].bytes = bytes;
    save(bytes);
    return true;
}

enum status
search_run(void) {
    uint32_t level_end = 1;
    if (!add_first_state()) {
        return NO_MEMORY;
    }
    for (uint32_t i = 0; i < search.states.n; i++) {
        if (i == level_end) {
            level_end = search.states.n;
            search.reached++;
        }
        if (search.depth != 0 && search.reached == search.depth) {
            return HOLDS;
        }
        if (search.states.n > search.most) {
            return CUT_OFF;
        }
        if (!expand(i)) {
            return BREAKS;
        }
    }
    search.closed = true;
    return HOLDS;
}

bool
search_again(void) {
    struct world *w = &search.w;
    struct move path[256];
    size_t n = 0;
    for (uint32_t i = search.states.n - 1; i != 0 && n < ARRAY_SIZE(path);
         i = search.states.state[i].from) {
        path[n++] = search.states.state[i].move;
    }
    bool again = !begin();
    w->model.largest = search.largest;
    overwrite_contents();
    while (n-- > 0 && !again) {
        bool changed;
        inside_save(&w->child, search.pool.npages, search.frame_bytes, search.before);
        again = !make_move(path[n], &changed);
    }
    return again;
}
