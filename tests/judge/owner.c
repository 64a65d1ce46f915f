/* owner.c - what an owner writes into its frames, and expects to find again. */
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "owner.h"
#include "rng.h"

#define LAST_WORD (WIRE_FRAME / sizeof(uint64_t) - 1)
#define MOST_JUNK 2048 /* frames that are filled: of large memory zeros are enough */

/* Different for each page, never 0; as a pointer it leads nowhere. */
static uint64_t
junk_of(uint32_t page) {
    return 0x5eed000000000000 + ((uint64_t)page + 1) * 64;
}

static int
ref_of(uint32_t page) {
    return 1 + (int)(page % 3);
}

static volatile uint64_t *
words_of(const struct world *w, uint32_t page) {
    return (volatile uint64_t *)(w->child.frames + (size_t)page * WIRE_FRAME);
}

/* What the owner of that grant keeps in that page: words that stand nowhere else. */
static uint64_t
word_of(uint32_t page, uint32_t id) {
    struct rng r = {((uint64_t)id + 1) << 32 | page};
    return rng_next(&r);
}

void
owner_of_memory_was_here(struct world *w) {
    struct rng r = rng_for(0, "memory");
    uint64_t *words = (uint64_t *)(void *)w->child.frames;
    size_t n = wire_frames_bytes(w->pool.npages) / sizeof(*words);
    for (size_t i = 0; i < n && w->pool.npages <= MOST_JUNK; i++) {
        words[i] = rng_next(&r);
    }
}

void
owner_writes(struct world *w, uint32_t id) {
    struct grant g = w->model.grants[id];
    for (uint32_t i = g.page; i < g.page + g.size; i++) {
        if (w->model.owner[i] == OWNED + id) {
            words_of(w, i)[0] = word_of(i, id);
            words_of(w, i)[LAST_WORD] = ~word_of(i, id);
        }
    }
}

struct Page
owner_nobodys(uint32_t page) {
    struct rng r = {(uint64_t)page << 32 | 1};
    struct Page junk = {.ref = (int)rng_next(&r) | 1, .property = (unsigned)rng_next(&r)};
    junk.flags = rng_next(&r) | (uint64_t)1 << (page % 2); /* reserved, or the head of a block */
    junk.page_link.next = (list_entry_t *)(uintptr_t)junk_of(page);
    junk.page_link.prev = (list_entry_t *)(uintptr_t)~junk_of(page);
    return junk;
}

/* PMM_LAZY: the policy has left the descriptor of a frame that is in no grant as it was. */
static bool
left_alone(struct world *w, uint32_t i) {
    struct Page due = owner_nobodys(i);
    return !w->model.lazy || memcmp(&due, (const void *)&w->model.pages[i], sizeof(due)) == 0 ||
           broken(&w->model.why, "PMM_LAZY", "the descriptor of page %u was written to", i);
}

bool
owner_takes(struct world *w, uint32_t id) {
    struct grant g = w->model.grants[id];
    struct Page *frames = child_pages(&w->child, w->pool.npages);
    uint64_t taken = 0;
    for (uint32_t i = g.page; i < g.page + g.size && w->model.lazy; i++) {
        if (!left_alone(w, i)) {
            return false;
        }
        frames[i] = (struct Page){0}; /* as the facade does */
    }
    owner_writes(w, id);
    for (uint32_t i = g.page; i < g.page + g.size; i++) {
        taken |= frames[i].flags >> PG_owner;
        frames[i].ref = ref_of(i);
        if (w->extras.junk) {
            frames[i].flags = (frames[i].flags & 0xffff) | junk_of(i) << PG_owner;
            frames[i].page_link.next = (list_entry_t *)(uintptr_t)junk_of(i);
            frames[i].page_link.prev = (list_entry_t *)(uintptr_t)(junk_of(i) + 8);
        }
    }
    return taken == 0 ||
           limited(w, "H2", "own flags in the owner's bits (H2 not kept)", "granted with them set");
}

/* P3: ref is the owner's. M2: so is what is in the page. H2: and the links, the upper flags. */
static bool
look_at(struct world *w, uint32_t i, uint32_t id) {
    const volatile struct Page *p = &w->model.pages[i];
    char detail[80];
    int ref = p->ref;
    if (ref != ref_of(i)) {
        return broken(&w->model.why, "P3",
                      "page %u is granted, and its owner's ref went from %d to %d", i, ref_of(i),
                      ref);
    }
    if (w->model.lazy && (p->property != 0 || (p->flags & 0xffff) != 0)) {
        return broken(&w->model.why, "PMM_LAZY",
                      "the descriptor of page %u was written to, which is granted", i);
    }
    bool first = words_of(w, i)[0] == word_of(i, id);
    if (!first || words_of(w, i)[LAST_WORD] != ~word_of(i, id)) {
        return broken(&w->model.why, "M2",
                      "page %u is granted, and the %s word that its owner wrote into it is gone", i,
                      first ? "last" : "first");
    }
    if (!w->extras.junk) {
        return true;
    }
    bool links = p->page_link.next == (list_entry_t *)(uintptr_t)junk_of(i) &&
                 p->page_link.prev == (list_entry_t *)(uintptr_t)(junk_of(i) + 8);
    if (links && p->flags >> PG_owner == (junk_of(i) << PG_owner) >> PG_owner) {
        return true;
    }
    snprintf(detail, sizeof(detail), "%s of page %u changed while it was granted",
             links ? "the owner's flags" : "page_link", i);
    return limited(w, "H2", "H2 not kept", detail);
}

bool
owner_leaves(struct world *w, uint32_t id, uint32_t off, uint32_t n) {
    struct grant g = w->model.grants[id];
    struct Page *frames = child_pages(&w->child, w->pool.npages);
    uint32_t end = g.page + (n == g.n ? g.size : off + n);
    for (uint32_t i = g.page + off; i < end; i++) {
        if (!look_at(w, i, id)) {
            return false;
        }
        frames[i].ref = 0;
        words_of(w, i)[0] = words_of(w, i)[LAST_WORD] = junk_of(i);
        if (w->extras.junk) {
            frames[i].flags &= 0xffff;
        }
        if (w->model.lazy) {
            frames[i] = owner_nobodys(i);
        }
    }
    return true;
}

bool
owner_looks(struct world *w) {
    for (uint32_t k = 0; k < w->nlive; k++) {
        struct grant g = w->model.grants[w->live[k]];
        for (uint32_t i = g.page; i < g.page + g.size; i++) {
            if (w->model.owner[i] == OWNED + w->live[k] && !look_at(w, i, w->live[k])) {
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < w->pool.npages && w->model.lazy; i++) {
        if (w->model.owner[i] < OWNED && !left_alone(w, i)) {
            return false;
        }
    }
    return true;
}

bool
owner_of_nothing_looks(struct world *w) {
    const volatile struct Page *frames = w->model.pages;
    const char *end = (const char *)child_pages(&w->child, w->pool.npages);
    for (uint32_t i = 0; i < w->pool.npages; i++) {
        if (!w->model.lazy && w->model.owner[i] == FOREIGN &&
            ((frames[i].flags & 1) == 0 || frames[i].ref != 0)) {
            return broken(&w->model.why, "M4", "page %u was never handed over, and was written to",
                          i);
        }
    }
    for (const char *p = w->child.area; p < end; p++) {
        if (*p != (char)SLACK_BYTE) {
            return broken(&w->model.why, "M4", "the memory before pages[0] was written to");
        }
    }
    return !w->model.lazy || owner_looks(w);
}
