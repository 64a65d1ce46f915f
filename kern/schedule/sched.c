/* sched.c - the run queue over the policy in use: see sched.h. */
#include "sched.h"
#include "intr.h"
#include "string.h"

#define SCHED_CLASS(file, class) &class,
const struct sched_class *const sched_classes[] = {
#include "schedulers.def"
};
#undef SCHED_CLASS

const size_t sched_nclasses = ARRAY_SIZE(sched_classes);
const struct sched_class *sched_class;

const struct sched_class *
sched_find(const char *name) {
    for (size_t i = 0; i < sched_nclasses; i++) {
        if (strcmp(sched_classes[i]->name, name) == 0) {
            return sched_classes[i];
        }
    }
    return NULL;
}

void
sched_init(const char *name) {
    sched_class = name == NULL ? sched_classes[0] : sched_find(name);
    sched_class->init();
}

void
sched_enqueue(struct sched_entity *entity) {
    bool intr = intr_save();
    if (!entity->queued) {
        entity->queued = true;
        sched_class->enqueue(entity);
    }
    intr_restore(intr);
}

void
sched_dequeue(struct sched_entity *entity) {
    bool intr = intr_save();
    if (entity->queued) {
        entity->queued = false;
        sched_class->dequeue(entity);
    }
    intr_restore(intr);
}

struct sched_entity *
sched_take_next(void) {
    bool intr = intr_save();
    struct sched_entity *next = sched_class->pick_next();
    if (next != NULL) {
        sched_dequeue(next);
        next->resched = false;
    }
    intr_restore(intr);
    return next;
}

void
sched_tick(struct sched_entity *entity) {
    bool intr = intr_save();
    sched_class->tick(entity);
    intr_restore(intr);
}
