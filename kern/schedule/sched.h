/*
 * sched.h - who runs next: what a scheduling policy provides, and the run queue.
 *
 * A policy is one file kern/schedule/NAME_sched.c plus one line in schedulers.def. It
 * sees entities, not processes; interrupts are off whenever it is called.
 */
#ifndef KERN_SCHEDULE_SCHED_H
#define KERN_SCHEDULE_SCHED_H

#include "avl.h"
#include "list.h"

/* What a policy knows of one that can be scheduled; a part of struct proc_struct. */
struct sched_entity {
    list_entry_t link;    /* in a queue of the policy, while runnable and not running */
    struct avl_node node; /* or in a tree of it */
    unsigned ticks_left;  /* of its time slice */
    unsigned priority;    /* 1..MAX_PRIORITY; more gets more, where the policy knows priorities */
    uint32_t pass;        /* stride: how much it has had, by its priority */
    bool queued;          /* in the run queue */
    bool resched;         /* its time is up: somebody else should run soon */
};

#define MAX_PRIORITY 1000 /* above it, others would hardly ever run */

struct sched_class {
    const char *name;
    void (*init)(void);                           /* an empty queue */
    void (*enqueue)(struct sched_entity *entity); /* it can run */
    void (*dequeue)(struct sched_entity *entity); /* it cannot, or is about to */
    struct sched_entity *(*pick_next)(void);      /* who should run; NULL: nobody is queued */
    void (*tick)(struct sched_entity *entity);    /* it ran for one tick more */
};

extern const struct sched_class *sched_class;

#define SCHED_CLASS(file, class) extern const struct sched_class class;
#include "schedulers.def"
#undef SCHED_CLASS

extern const struct sched_class *const sched_classes[];
extern const size_t sched_nclasses;

/* The policy of that name, or NULL. */
const struct sched_class *sched_find(const char *name);

/* Choose the policy (`name` NULL: the default), with an empty queue. */
void sched_init(const char *name);

/* The entity joins or leaves the queue; nothing, when it has already. Callable in an interrupt. */
void sched_enqueue(struct sched_entity *entity);
void sched_dequeue(struct sched_entity *entity);

/* The next to run, taken out of the queue; NULL: none. */
struct sched_entity *sched_take_next(void);

/* One tick is over in which this entity ran. */
void sched_tick(struct sched_entity *entity);

#endif
