/*
 * rr_sched.c - round robin: everybody in turn, for a time slice each.
 *
 * All operations are O(1).
 */
#include "sched.h"

#define SLICE 5 /* ticks */

static list_entry_t queue;

static void
rr_init(void) {
    list_init(&queue);
}

static void
rr_enqueue(struct sched_entity *entity) {
    if (entity->ticks_left == 0) {
        entity->ticks_left = SLICE;
    }
    list_add_before(&queue, &entity->link);
}

static void
rr_dequeue(struct sched_entity *entity) {
    list_del(&entity->link);
}

static struct sched_entity *
rr_pick_next(void) {
    list_entry_t *first = list_next(&queue);
    return first == &queue ? NULL : to_struct(first, struct sched_entity, link);
}

static void
rr_tick(struct sched_entity *entity) {
    if (entity->ticks_left > 0) {
        entity->ticks_left--;
    }
    entity->resched = entity->resched || entity->ticks_left == 0;
}

const struct sched_class rr_sched_class = {
    .name = "rr",
    .init = rr_init,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick_next = rr_pick_next,
    .tick = rr_tick,
};
