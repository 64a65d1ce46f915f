/*
 * stride_sched.c - stride scheduling: time in proportion to priority.
 *
 * Each turn moves an entity's `pass` on by BIG_STRIDE / priority; the one that is
 * furthest behind runs next. Passes wrap, and are compared by the sign of their
 * difference, which is right as no two differ by more than BIG_STRIDE: who comes
 * back after a sleep starts with those who stayed. All operations are O(log n).
 *
 * Source: C. A. Waldspurger and W. E. Weihl, "Stride Scheduling: Deterministic
 * Proportional-Share Resource Management", 1995.
 */
#include "sched.h"

#define BIG_STRIDE 0x7fffffff
#define SLICE      1 /* ticks; the shorter, the sooner is everybody's part what it should be */

static struct {
    struct avl_tree queue; /* by pass; of equals, the first to come is the lowest */
    uint32_t pass;         /* of the last one that was picked */
} stride;

static struct sched_entity *
node2entity(struct avl_node *node) {
    return to_struct(node, struct sched_entity, node);
}

static bool
behind(uint32_t a, uint32_t b) {
    return (int32_t)(a - b) < 0;
}

static void
stride_init(void) {
    stride.queue.root = NULL;
    stride.pass = 0;
}

static void
stride_enqueue(struct sched_entity *entity) {
    if (entity->ticks_left == 0) {
        entity->ticks_left = SLICE;
    }
    if (behind(entity->pass, stride.pass)) {
        entity->pass = stride.pass;
    }
    struct avl_node *parent = NULL, *below = stride.queue.root;
    int side = 0;
    while (below != NULL) {
        parent = below;
        side = !behind(entity->pass, node2entity(parent)->pass);
        below = parent->child[side];
    }
    avl_insert(&stride.queue, &entity->node, parent, side);
}

static void
stride_dequeue(struct sched_entity *entity) {
    avl_remove(&stride.queue, &entity->node);
}

static struct sched_entity *
stride_pick_next(void) {
    struct avl_node *first = avl_end(&stride.queue, 0);
    if (first == NULL) {
        return NULL;
    }
    struct sched_entity *entity = node2entity(first);
    stride.pass = entity->pass;
    entity->pass += BIG_STRIDE / (entity->priority == 0 ? 1 : entity->priority);
    return entity;
}

static void
stride_tick(struct sched_entity *entity) {
    if (entity->ticks_left > 0) {
        entity->ticks_left--;
    }
    entity->resched = entity->resched || entity->ticks_left == 0;
}

const struct sched_class stride_sched_class = {
    .name = "stride",
    .init = stride_init,
    .enqueue = stride_enqueue,
    .dequeue = stride_dequeue,
    .pick_next = stride_pick_next,
    .tick = stride_tick,
};
