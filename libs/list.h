/*
 * list.h - circular doubly linked list with the links inside the element.
 *
 * The head is an entry without an element. Every operation is O(1).
 */
#ifndef LIBS_LIST_H
#define LIBS_LIST_H

#include "defs.h"

struct list_entry {
    struct list_entry *prev, *next;
};
typedef struct list_entry list_entry_t;

/* The body may not remove `le`. */
#define list_for_each(le, head)                                                                    \
    for (list_entry_t *le = (head)->next; le != (head); le = le->next) /* NOLINT */

static inline void
list_init(list_entry_t *head) {
    head->prev = head->next = head;
}

static inline list_entry_t *
list_next(list_entry_t *e) {
    return e->next;
}

static inline list_entry_t *
list_prev(list_entry_t *e) {
    return e->prev;
}

static inline bool
list_empty(list_entry_t *head) {
    return head->next == head;
}

/*
 * The stores stand in the order of the course's list: a file that uses its list
 * wrongly then fails here as it does there. Written in pairs: gcc would join e's
 * two links in a vector first.
 */
static inline void
list_link(list_entry_t *e, list_entry_t *prev, list_entry_t *next) {
    prev->next = e;
    e->next = next;
    next->prev = e;
    e->prev = prev;
}

static inline void
list_add_before(list_entry_t *pos, list_entry_t *e) {
    list_link(e, pos->prev, pos);
}

static inline void
list_add_after(list_entry_t *pos, list_entry_t *e) {
    list_link(e, pos, pos->next);
}

/* The same as list_add_after: on a head, e becomes the first element. */
static inline void
list_add(list_entry_t *pos, list_entry_t *e) {
    list_add_after(pos, e);
}

/* `e` keeps its stale links; use list_del_init to be able to delete it again. */
static inline void
list_del(list_entry_t *e) {
    e->prev->next = e->next;
    e->next->prev = e->prev;
}

static inline void
list_del_init(list_entry_t *e) {
    list_del(e);
    list_init(e);
}

#endif
