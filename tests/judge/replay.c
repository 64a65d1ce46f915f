/* replay.c - do a recorded list of calls once more. */
#include "world.h"

/* Is [off, off + n) of the grant still granted? */
static bool
is_live(const struct model *m, uint32_t id, uint32_t off, uint64_t n) {
    const struct grant *g = &m->grants[id];
    if (g->left == 0 || n == 0 || off + n > g->n) {
        return false;
    }
    for (uint64_t i = off; i < off + n; i++) {
        if (m->owner[g->page + i] != OWNED + id) {
            return false;
        }
    }
    return true;
}

bool
world_replay_one(struct world *w, const struct op *op) {
    uint32_t id;
    switch (op->kind) {
    case OP_ALLOC:
        w->next_id = op->id;
        return world_alloc(w, op->n, &id);
    case OP_FREE:
        return !is_live(&w->model, op->id, 0, w->model.grants[op->id].n) || world_free(w, op->id);
    case OP_PART:
        return !is_live(&w->model, op->id, op->off, op->n) ||
               world_free_part(w, op->id, op->off, (uint32_t)op->n);
    default:
        return op->id < w->pool.given || op->id >= w->pool.nranges || world_give(w, op->id);
    }
}

/* Forget the grants of an earlier list, then do what can be done of this one. */
bool
world_replay(struct world *w, const struct op *ops, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (ops[i].kind != OP_GIVE && ops[i].id < w->model.max_grants) {
            w->model.grants[ops[i].id] = (struct grant){0};
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!world_replay_one(w, &ops[i])) {
            return false;
        }
    }
    return true;
}
